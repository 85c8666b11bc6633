"""Releases on a host: verified, installed, switched to in one step, and back.

Needs Python's standard library alone, so that it runs before anything is installed (``installer.pyz``). In order:
``manifest`` believes, ``succession`` says what may follow, ``unpacking``, ``packages`` and ``laying`` lay down,
``generation`` joins a release with settings, ``activation`` switches and looks whether it holds, ``shelf`` removes
what is no longer needed.
"""
