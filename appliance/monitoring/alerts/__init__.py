"""The alerts, in tables by topic."""
