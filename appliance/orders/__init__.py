"""From rows of the ledger to what a stage is asked for, and back. Pure: no input or output."""
