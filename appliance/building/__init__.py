"""A release is made here: what offices run, as one signed folder that can be made again bit by bit.

Used where the registries are reached (``make release``), never on hosts. In order: ``lock`` says which libraries,
``wheelhouse`` brings them, ``debian`` brings the Debian packages, ``layer`` packs, ``sbom`` lists, ``seal`` signs.
"""
