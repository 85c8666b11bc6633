"""Specimen letters and decisions: running text under the head that the decree prescribes."""

from __future__ import annotations

from random import Random

from appliance.demo.letterhead import RIGHT_MIDDLE, Heading, print_foot, print_head, print_page_number
from appliance.demo.paper import BOLD, ITALIC, ROMAN, Column, Face, Leaf
from appliance.demo.prose import DEPARTMENTS, Writer, wording

BODY = Column(left=32, width=162, indent=11)
BOTTOM = 272.0
FOOT = 58.0


def make_letter(rng: Random, dpi: int = 300, sides: int = 1) -> list[Leaf]:
    """Return the sides of an official letter (công văn)."""
    writer = Writer(rng)
    office, sign = rng.choice(DEPARTMENTS)
    subject = writer.one("subjects")
    leaf = Leaf(dpi)
    top = print_head(leaf, Heading(f"{writer.digits(3)}/BHXH-{sign}", writer.day(), subject)) + 9
    leaf.write((110, top), f"Kính gửi: {writer.facts()['company']}", ROMAN, "m")
    top += 3
    body = writer.letter(5 * sides)
    leaves = _flow(leaf, top, body, sides)
    last, end = leaves[-1]
    print_foot(last, min(end, BOTTOM - 46), ("TL. GIÁM ĐỐC", office), rng)
    return [leaf for leaf, _ in leaves]


def make_decision(rng: Random, dpi: int = 300) -> list[Leaf]:
    """Return the one side of a decision (quyết định)."""
    writer = Writer(rng)
    facts = writer.facts()
    leaf = Leaf(dpi)
    top = print_head(leaf, Heading(f"{writer.digits(4)}/QĐ-BHXH", facts["day"])) + 10
    leaf.write((110, top), "QUYẾT ĐỊNH", Face("Tinos-Bold", 15), "m")
    leaf.write((110, top + 6.5), "Về việc hưởng chế độ hưu trí hằng tháng", BOLD, "m")
    leaf.rule((92, top + 8.5), (128, top + 8.5))
    leaf.write((110, top + 17), "GIÁM ĐỐC BẢO HIỂM XÃ HỘI TỈNH HƯNG LẠC", BOLD, "m")
    top += 19
    for text in wording()["grounds"]:
        top = leaf.paragraph(top, text.format(**facts), ITALIC, BODY) + 1.2
    leaf.write((110, top + 8), "QUYẾT ĐỊNH:", BOLD, "m")
    top += 9
    for at, text in enumerate(wording()["articles"], 1):
        top = leaf.paragraph(top, f"Điều {at}. {text.format(**facts)}", ROMAN, BODY) + 1.5
    print_foot(leaf, min(top, BOTTOM - 46), ("KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"), rng)
    return [leaf]


def make_statement(rng: Random, dpi: int = 300) -> list[Leaf]:
    """Return the one side of a statement without a seal, in a grotesque face and ragged right."""
    writer = Writer(rng)
    leaf = Leaf(dpi)
    face = Face("Arimo-Regular", 11.5)
    leaf.write((110, 28), "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", Face("Arimo-Bold", 12), "m")
    leaf.write((110, 34), "Độc lập - Tự do - Hạnh phúc", Face("Arimo-Bold", 12), "m")
    leaf.rule((82, 36), (138, 36))
    leaf.write((110, 50), "GIẤY XÁC NHẬN", Face("Arimo-Bold", 15), "m")
    leaf.write((110, 56), "Quá trình công tác và đóng bảo hiểm xã hội", Face("Arimo-Italic", 11.5), "m")
    top = 60.0
    for text in writer.letter(7)[1:-1]:
        top = leaf.paragraph(top, text, face, Column(32, 162, 8, pitch=1.45, justify=False)) + 2
    leaf.write((RIGHT_MIDDLE, top + 12), "NGƯỜI XÁC NHẬN", Face("Arimo-Bold", 11.5), "m")
    leaf.write((RIGHT_MIDDLE, top + 17), "(Ký, ghi rõ họ tên)", Face("Arimo-Italic", 10.5), "m")
    leaf.write((RIGHT_MIDDLE, top + 44), writer.person(), Face("Arimo-Bold", 11.5), "m")
    return [leaf]


def _flow(leaf: Leaf, top: float, body: list[str], sides: int) -> list[tuple[Leaf, float]]:
    """Print paragraphs down the sides; return each side with its last baseline.

    The last side keeps room for the foot; what does not fit there is left out.
    """
    leaves: list[tuple[Leaf, float]] = []
    waiting = list(body)
    for side in range(1, sides + 1):
        if side > 1:
            leaf, top = Leaf(leaf.dpi), 20.0
            print_page_number(leaf, side)
        floor = BOTTOM - (FOOT if side == sides else 0)
        while waiting:
            height = len(leaf.broken(waiting[0], ROMAN, BODY)) * ROMAN.points * 25.4 / 72 * BODY.pitch
            if top + height > floor:
                break
            top = leaf.paragraph(top, waiting.pop(0), ROMAN, BODY) + 1.8
        leaves.append((leaf, top))
    return leaves
