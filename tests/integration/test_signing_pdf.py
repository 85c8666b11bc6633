"""A signed document, judged by programs that are not ours."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pikepdf
import pytest
from pdf_to_sign import (
    AGENCY,
    BOX,
    PASSPHRASE,
    Office,
    office_p12,
    openssl_accepts,
    pdf_a,
    pdfa_findings,
    pdfsig_says,
    root_of,
    sign_job,
    signature_of,
)

from appliance.core import clock, lettering
from appliance.core.config import parse
from appliance.core.errors import ApplianceError
from appliance.documents import check
from appliance.signing import keys, sign, stamp, typeface, verify

VOWELS = "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY"


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> keys.Key:
    return keys.from_settings(parse({"storage": {"state": str(tmp_path_factory.mktemp("state"))}}))


@pytest.fixture(scope="module")
def unsigned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pdf_a(tmp_path_factory.mktemp("unsigned") / "u.pdf", pages=2)


@pytest.fixture
def signed(key: keys.Key, unsigned: Path, tmp_path: Path) -> Path:
    out = tmp_path / "signed" / "s.pdf"
    sign.sign(sign_job(unsigned, out), key)
    return out


def test_pdfsig_finds_the_signature_valid(signed: Path) -> None:
    said = pdfsig_says(signed)
    assert "Signature is Valid." in said
    assert "Signature Type: ETSI.CAdES.detached" in said
    assert "Signing Hash Algorithm: SHA-256" in said
    assert "Total document signed" in said


def test_openssl_verifies_the_signature_with_the_root_and_not_with_another(
    signed: Path, key: keys.Key, tmp_path: Path
) -> None:
    stranger = office_p12(tmp_path / "other.p12").with_suffix(".pem")
    assert openssl_accepts(signed, root_of(key), tmp_path)
    assert not openssl_accepts(signed, stranger, tmp_path)


def test_our_own_verifier_agrees(signed: Path, key: keys.Key) -> None:
    report = verify.verify(signed, [root_of(key)])
    assert report.valid, report.reason
    assert (report.level, report.modification, report.signer) == ("B-B", "none", key.subject)
    assert report.development
    assert report.box == BOX


def test_the_unsigned_file_is_the_beginning_of_the_signed_one(signed: Path, unsigned: Path) -> None:
    before = unsigned.read_bytes()
    assert signed.read_bytes()[:len(before)] == before


def test_xmp_and_info_are_not_rewritten(signed: Path, unsigned: Path) -> None:
    with pikepdf.open(signed) as after, pikepdf.open(unsigned) as before:
        assert after.Root.Metadata.objgen == before.Root.Metadata.objgen
        assert after.Root.Metadata.read_raw_bytes() == before.Root.Metadata.read_raw_bytes()
        assert after.trailer.Info.objgen == before.trailer.Info.objgen
    appended = signed.read_bytes()[unsigned.stat().st_size:]
    assert b"xpacket" not in appended
    assert b"/ModDate" not in appended


def test_the_signed_file_is_still_pdf_a(signed: Path) -> None:
    assert pdfa_findings(signed) == []
    assert check.check(signed) == []


def test_the_stamp_is_text_that_can_be_extracted(signed: Path) -> None:
    text = subprocess.run(["pdftotext", signed, "-"], capture_output=True, check=True, text=True).stdout
    name, moment, mark = text.strip().splitlines()
    assert (name, mark) == (AGENCY, stamp.DEVELOPMENT_MARK)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+07:00", moment)


def test_the_stamp_is_black_upright_ten_points_with_an_embedded_font_and_no_image(signed: Path) -> None:
    with pikepdf.open(signed) as pdf:
        (field,) = pdf.Root.AcroForm.Fields
        form = field.AP.N
        assert set(form.Resources.keys()) == {"/Font"}
        descriptor = form.Resources.Font.Stamp.DescendantFonts[0].FontDescriptor
        assert "Tinos" in str(descriptor.FontName)
        assert len(descriptor.FontFile2.read_bytes()) == int(descriptor.FontFile2.Length1)
        drawn = form.read_bytes().decode("ascii")
        assert [float(edge) for edge in form.BBox] == pytest.approx([0, 0, 170.08, 31.19])
    assert "0 0 0 rg BT /Stamp 10 Tf" in drawn
    assert set(re.findall(r"(\S+ \S+ \S+ \S+) \S+ \S+ Tm", drawn)) == {"1 0 0 1"}
    assert not re.search(r"\d[eE]-?\d", re.sub(r"<[^>]*>", "", drawn))


def test_the_stamp_stands_where_it_was_asked_on_page_one_only(signed: Path) -> None:
    with pikepdf.open(signed) as pdf:
        (field,) = pdf.pages[0].obj.Annots
        assert [float(edge) for edge in field.Rect] == pytest.approx([BOX.x0, BOX.y0, BOX.x1, BOX.y1])
        assert "/Annots" not in pdf.pages[1].obj


def test_stamp_signature_and_ledger_have_the_same_time(key: keys.Key, unsigned: Path, tmp_path: Path) -> None:
    moment = clock.now() - timedelta(hours=5)
    sign.sign(sign_job(unsigned, tmp_path / "s.pdf", signed_at=moment), key)
    report = verify.verify(tmp_path / "s.pdf", [])
    assert report.signed_at == clock.iso(moment)
    assert report.stamp.split("\n")[1] == clock.iso(moment)
    content, _ = signature_of(tmp_path / "s.pdf")
    attributes = {item["type"].native for item in content["content"]["signer_infos"][0]["signed_attrs"]}
    assert "signing_time" not in attributes, "PAdES forbids the attribute: /M holds the time"


def test_the_cms_object_is_pades_with_pss_and_sha256(signed: Path) -> None:
    content, _ = signature_of(signed)
    (info,) = content["content"]["signer_infos"]
    assert info["digest_algorithm"]["algorithm"].native == "sha256"
    assert info["signature_algorithm"].signature_algo == "rsassa_pss"
    assert info["signature_algorithm"]["parameters"]["salt_length"].native == 32
    kinds = {item["type"].native for item in info["signed_attrs"]}
    assert {"content_type", "message_digest", "signing_certificate_v2"} <= kinds
    assert len(content["content"]["certificates"]) == 2


@pytest.mark.parametrize(("office", "padding", "algorithm"), [
    (Office(), "pkcs1v15", "rsassa_pkcs1v15"),
    (Office(bits=3072), "pss", "rsassa_pss"),
    (Office(curve=True), "pss", "ecdsa"),
])
def test_every_lawful_kind_of_key_gives_a_valid_pdf_a(
    office: Office, padding: str, algorithm: str, unsigned: Path, tmp_path: Path
) -> None:
    store = office_p12(tmp_path / "office.p12", office)
    lawful = keys.load(store, PASSPHRASE, padding)
    out = tmp_path / "s.pdf"
    answer = sign.sign(sign_job(unsigned, out), lawful)
    assert answer.development_key, "a key in a file counts as one for trials"
    content, _ = signature_of(out)
    assert content["content"]["signer_infos"][0]["signature_algorithm"].signature_algo == algorithm
    assert "Signature is Valid." in pdfsig_says(out)
    assert openssl_accepts(out, store.with_suffix(".pem"), tmp_path)
    assert verify.verify(out, [store.with_suffix(".pem")]).valid
    assert pdfa_findings(out) == []


def test_a_host_set_to_utc_prints_vietnamese_time(key: keys.Key, unsigned: Path, tmp_path: Path) -> None:
    job = sign_job(unsigned, tmp_path / "s.pdf", signed_at=datetime.now(UTC))
    program = (
        "import json, sys; from pathlib import Path\n"
        "from appliance.core.config import parse; from appliance.core.jobs import SignJob\n"
        "from appliance.core.plain import from_plain; from appliance.signing import keys, sign\n"
        "key = keys.load(Path(sys.argv[1]), None); sign.sign(from_plain(SignJob, json.loads(sys.argv[2])), key)"
    )
    store = root_of(key).with_name("development.p12")
    subprocess.run([sys.executable, "-c", program, store, json.dumps(asdict(job))], check=True,
                   env={**os.environ, "TZ": "UTC"}, cwd=Path(__file__).parents[2])
    assert "+07:00" in verify.verify(tmp_path / "s.pdf", []).stamp
    with pikepdf.open(tmp_path / "s.pdf") as pdf:
        told = str(pdf.Root.AcroForm.Fields[0].V.M)
    assert told.endswith("+07'00'")
    assert told[2:16] == re.sub(r"\D", "", job.signed_at[:19])


def test_every_vietnamese_letter_is_in_the_stamp_font() -> None:
    face = typeface.load()
    marks = ["", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"]
    name = "".join(stamp.tidy(vowel + mark) for vowel in VOWELS for mark in marks) + "đĐ"
    lettering.refuse_missing([name], face.metrics)
    assert max(face.glyphs.values()) < len(face.widths)
    assert face.box[1] < 0 < face.box[3] <= 1000


def test_a_stamp_that_hides_a_development_key_is_refused(key: keys.Key, unsigned: Path, tmp_path: Path) -> None:
    with pytest.raises(ApplianceError) as caught:
        sign.sign(sign_job(unsigned, tmp_path / "s.pdf", development=False), key)
    assert caught.value.code == "K503"
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_not_the_named_one_is_not_signed(key: keys.Key, unsigned: Path, tmp_path: Path) -> None:
    changed = tmp_path / "u.pdf"
    changed.write_bytes(unsigned.read_bytes())
    job = sign_job(changed, tmp_path / "out" / "s.pdf")
    changed.write_bytes(unsigned.read_bytes() + b"\n")
    with pytest.raises(ApplianceError) as caught:
        sign.sign(job, key)
    assert caught.value.code == "K503"
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7\n%%EOF\n", b"not a pdf at all" * 100])
def test_a_broken_pdf_fails_and_leaves_nothing(content: bytes, key: keys.Key, tmp_path: Path) -> None:
    broken = tmp_path / "u.pdf"
    broken.write_bytes(content)
    with pytest.raises(ApplianceError) as caught:
        sign.sign(sign_job(broken, tmp_path / "out" / "s.pdf"), key)
    assert caught.value.code == "K503"
    assert list((tmp_path / "out").iterdir()) == []
