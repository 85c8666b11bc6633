"""The scanner appliance: paper on a scanner becomes a receipt from the archive.

The way of one sheet, in order. Each folder is one stage; no stage knows another.

    device      a scanner is found, Start is pressed, sheets become images
    spool       every image is a master on disk and a row in the ledger
    imaging     a page is looked at: how it lies, what is on it, whether it is good
    documents   pages become documents: separated, read, written as PDF/A
    signing     each document gets its visible stamp and its signature
    archive     each dossier becomes a package, goes out, and comes back as a receipt

``conductor`` alone knows that order; ``core`` holds the words all of them share.
"""

__version__ = "0.1.0"
