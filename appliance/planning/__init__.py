"""The office's plan, how far it is, the reports it owes upward, and lots that are accepted by a sample."""
