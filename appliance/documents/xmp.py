"""What a document says of itself: the XMP packet and the information dictionary, always equal. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from xml.sax.saxutils import escape

from appliance import __version__
from appliance.core import clock
from appliance.documents import xmp_archive
from appliance.documents.xmp_archive import legal

TOOL = f"scanner-appliance {__version__}"

LONGEST = 8000
"""Letters of an entry of the information dictionary; a string of PDF/A ends at 32,767 bytes, four a letter at most
(ISO 19005-2, 6.1.13). XMP has no such limit and holds the whole text."""

# No bytes or encoding attribute in the header (ISO 19005-2, 6.6.2.1).
_PACKET = """\
<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<pdfaid:part>2</pdfaid:part>
<pdfaid:conformance>{conformance}</pdfaid:conformance>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{creator}</rdf:li></rdf:Seq></dc:creator>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{subject}</rdf:li></rdf:Alt></dc:description>
<dc:identifier>{identifier}</dc:identifier>
<dc:language><rdf:Bag><rdf:li>vi-VN</rdf:li></rdf:Bag></dc:language>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/">
<xmp:CreateDate>{created}</xmp:CreateDate>
<xmp:ModifyDate>{created}</xmp:ModifyDate>
<xmp:MetadataDate>{created}</xmp:MetadataDate>
<xmp:CreatorTool>{tool}</xmp:CreatorTool>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
<pdf:Producer>{tool}</pdf:Producer>
</rdf:Description>
{archive}</rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""


@dataclass(frozen=True, slots=True)
class Description:
    """Title and provenance of a document.

    Attributes:
        creator: who converted the paper.
        conversion_mark: the textual mark that the law asks for (Law 20/2023, art. 12).
        created: moment of conversion.
        fields: descriptive fields of the document by name.
        provenance: what identifies the capture.
        conformance: 2b or 2u.
        strip_mm: height of the empty strip that page 1 has at its top besides the paper, 0 for most.
    """

    identifier: str
    title: str
    creator: str
    subject: str
    conversion_mark: str
    created: datetime
    fields: dict[str, str] = field(default_factory=dict)
    provenance: str = ""
    conformance: str = "2b"
    strip_mm: float = 0.0

    def statement(self) -> str:
        """Return subject, mark, time and converter as one text: the document's ``dc:description``."""
        mark = "; ".join(filter(None, (self.conversion_mark, clock.iso(self.created), self.creator)))
        return legal(f"{self.subject} ({mark})" if self.subject else mark)

    def archive(self) -> dict[str, str]:
        """Return the archive's properties by name."""
        return {"provenanceId": self.provenance, "conversionMark": self.conversion_mark,
                "conversionTime": clock.iso(self.created), "converter": self.creator,
                "addedStrip": f"{self.strip_mm:g} mm" if self.strip_mm else "", **self.fields}


def packet(description: Description) -> bytes:
    """Return the XMP packet as UTF-8.

    Raises:
        ValueError: a field that nothing is known of.
    """
    return _PACKET.format(
        title=escape(legal(description.title)),
        creator=escape(legal(description.creator)),
        subject=escape(description.statement()),
        identifier=escape(legal(description.identifier)),
        created=clock.iso(description.created),
        tool=escape(TOOL),
        conformance=description.conformance[-1].upper(),
        archive=xmp_archive.blocks(description.archive()),
    ).encode()


def document_information(description: Description) -> dict[str, str]:
    """Return the entries of the information dictionary, each no longer than PDF/A lets a string be."""
    moment = pdf_date(description.created)
    return {
        "Title": short(legal(description.title)), "Author": short(legal(description.creator)),
        "Subject": short(description.statement()), "Creator": TOOL, "Producer": TOOL,
        "CreationDate": moment, "ModDate": moment,
    }


def pdf_date(moment: datetime) -> str:
    """Return ``D:20261121090507+07'00'``."""
    return moment.astimezone(clock.VIETNAM).strftime("D:%Y%m%d%H%M%S+07'00'")


def short(text: str, longest: int = LONGEST) -> str:
    """Return a text of at most ``longest`` letters; an ellipsis says that there was more."""
    return text if len(text) <= longest else text[:longest - 1] + "…"
