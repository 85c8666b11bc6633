"""Keeping: every object again in a cycle, in every copy; what is wrong mended; time stamps renewed before they end.

``daily`` is one day's work; ``copies`` looks and mends, ``reconciling`` compares index and stores, ``evidence`` has
archive time stamps made and renewed. docs/receiver.md is the manual.
"""
