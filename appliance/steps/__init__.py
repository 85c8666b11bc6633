"""One step of one thing: ask a stage for its work, then write the result into the ledger.

Every step may run twice with the same effect. A step returns ``ok`` or ``held``; it raises an ApplianceError when
it should be tried again later.
"""
