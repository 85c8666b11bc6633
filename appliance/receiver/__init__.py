"""The embedded archive: takes packages, proves them, keeps them, answers with signed receipts, lets people read.

A product of its own (``appliance receive``), good enough for a province. An office's appliance knows it only
through ``archive/transports``; it knows offices only through their requests.
"""
