"""The operator card as a sheet of paper: one A4 page of PDF, black on white, for any printer."""

from __future__ import annotations

from appliance.documents import patches
from appliance.sheet_pen import MIDDLE, Pen, Type
from appliance.sheet_pen import pdf as made

CODE_MM = 62.0
BARS_LEFT, BARS_WIDTH = 30.0, 150.0
RULES = (
    "Đặt phiếu này trên cùng của xấp, trước mọi phiếu phân tách, mỗi lượt quét một lần.",
    "Không viết, không đóng dấu, không ghim lên vùng mã và các vạch đen. Không cho người khác mượn phiếu.",
)
CONFIRMED = "Tôi đã xem: xấp giấy này không có bí mật nhà nước."
CONFIRMED_ENGLISH = "I have looked: this stack holds no state secret."
RULES_ENGLISH = "First sheet of the stack, once in every batch. Do not lend it."


def pdf(payload: str, name: str, code: str, office: str, *, no_secret: bool = False) -> bytes:
    """Return the card of a person: the codes for the scanner, name and staff code for people.

    ``no_secret``: the card says in words that the stack below it holds no state secret.
    """

    def draw(pen: Pen) -> None:
        pen.patch(patches.CARD, BARS_LEFT, BARS_WIDTH)
        pen.write((MIDDLE, 48), "PHIẾU NGƯỜI QUÉT", Type(34, bold=True))
        pen.write((MIDDLE, 56), "Operator card", Type(14))
        pen.code(payload, (MIDDLE, 102), CODE_MM)
        pen.write((MIDDLE, 168), name, Type(34, bold=True))
        pen.write((MIDDLE, 184), code, Type(26))
        pen.rule((MIDDLE - 30, 196), 60)
        pen.write((MIDDLE, 206), office, Type(14, lines=2))
        if no_secret:
            pen.frame((BARS_LEFT, 214, BARS_WIDTH, 20), 0.8)
            pen.write((MIDDLE, 222), CONFIRMED, Type(15, bold=True, width=140))
            pen.write((MIDDLE, 230), CONFIRMED_ENGLISH, Type(11))
        for at, text in enumerate(RULES):
            pen.write((MIDDLE, 243 + at * 6.5), text, Type(12))
        pen.write((MIDDLE, 257.5), RULES_ENGLISH, Type(11))

    return made([draw], f"Phiếu người quét {code}")
