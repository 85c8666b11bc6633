"""The synthetic page: drawn every morning, sent the whole road, timed, and gone again (docs/heartbeat.md)."""
