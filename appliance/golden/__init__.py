"""The golden pages: three small scans of which everything is known, looked at before the first sheet of a day.

``pages`` says what is true of them, ``proof`` holds what a worker sees against it.
"""
