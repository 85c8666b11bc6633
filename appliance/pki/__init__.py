"""Certificates by which hosts know each other: asked for and installed on the host, signed elsewhere."""
