"""XML from strangers, and strange text into XML."""

from xml.etree import ElementTree as ET

import pytest

from appliance.archive.packages import markup


@pytest.mark.parametrize("data", [
    b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
    b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>',
    '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x><x/>'.encode("utf-16"),
    b'<?xml version="1.0"?>\n<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><l>&b;</l>',
])
def test_a_document_type_is_refused(data: bytes) -> None:
    with pytest.raises(markup.MalformedError, match="document type"):
        markup.parse(data)


@pytest.mark.parametrize("data", [b"", b"<a>", b"<a></b>", b"\xff\xfe\x00", b"<a>&b;</a>",
                                  b'<?xml version="1.0" encoding="nonsense"?><a/>'])
def test_what_is_not_well_formed_is_refused(data: bytes) -> None:
    with pytest.raises(markup.MalformedError):
        markup.parse(data)


def test_a_file_above_the_limit_is_refused_unread() -> None:
    with pytest.raises(markup.MalformedError, match="longer"):
        markup.parse(b"<a>" + b" " * markup.LIMIT + b"</a>")


@pytest.mark.parametrize("text", ['"<&>\'', "a\nb\tc\r", "]]>", "Nguyễn Thị Đẹp", "\U0001f4c4"])
def test_any_lawful_text_comes_back_as_it_was(text: str) -> None:
    root = ET.fromstring(f"<a{markup.attributes(b=text)}>{markup.content(text)}</a>")
    assert (root.get("b"), root.text) == (text, text)


@pytest.mark.parametrize(("text", "bad"), [("plain", False), ("\x00", True), ("a\x1bb", True), ("\ufffe", True),
                                           ("\ud800", True), ("\n\t", False)])
def test_characters_that_xml_cannot_carry_are_found(text: str, *, bad: bool) -> None:
    assert markup.illegal(text) is bad
