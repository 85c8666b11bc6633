"""Puts this folder on the path, so that the stands beside it (``archive_stand``) can be imported by tests."""
