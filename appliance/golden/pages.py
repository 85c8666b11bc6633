"""What is true of the golden pages, and how far a worker may be from it. Pure.

The pictures are drawn once by ``bench/draw_golden.py``. The truth is what was drawn, not what a release measured:
a better kernel passes and a broken one does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from appliance.core.jobs import Job

JOB = Job("prove", "prove", {}, seconds=60)
"""What the daemon orders of every worker."""

FOLDER = Path(__file__).parent
DPI = 300
RULES = "archive-tt05-2025"
"""The rule profile whose limits they are held against: the strictest that is shipped."""

WORDS = (
    "QUYẾT ĐỊNH SỐ 1975",
    "Về việc hưởng chế độ hưu trí hằng tháng",
    "Căn cứ Luật Bảo hiểm xã hội ngày 29 tháng 6",
    "Xét đề nghị của đơn vị sử dụng lao động",
    "Mức lương hưu được tính bằng tỷ lệ phần trăm",
    "của mức bình quân tiền lương tháng đóng",
    "bảo hiểm. Nơi nhận: Bưu điện thành phố.",
)
"""What is printed on the front and on the secret page, line by line."""

SKEW = 0.1
"""Degrees by which a lie may be off."""

CODE_MM = 1.0
"""By which a code may stand beside its place."""

FREE_MM = {"none": (66.0, 74.5), "code": (27.0, 37.0)}
"""Least and most width of the room for a stamp in a half of the top 20 mm; the code leaves 36 mm of its half."""

CER = 0.06
"""Share of the letters that may be read wrongly: 12 of 200. Without Vietnamese every fifth letter is wrong."""


@dataclass(frozen=True, slots=True)
class Known:
    """One golden page, and what is true of it.

    Attributes:
        name: file in this folder; ``sha256``, ``size``, ``width`` and ``height`` are its bytes and pixels.
        skew, turn: how the sheet lay: degrees clockwise; quarter turns clockwise that bring it upright.
        blank, secret: whether it is a blank side, and whether it bears a state-secret stamp.
        code: text of the only code; its middle is at ``code_at``, in mm from the top left of the upright page.
    """

    name: str
    sha256: str
    size: int
    skew: float
    width: int = 1842
    height: int = 2574
    turn: int = 0
    blank: bool = False
    secret: bool = False
    code: str = ""
    code_at: tuple[float, float] = (0.0, 0.0)

    @property
    def path(self) -> Path:
        """Where it lies in the package."""
        return FOLDER / self.name


FRONT = Known("front.jpg", "dc4c3a1979e4b94a816f98a82d5d16cc836195f46947141cca2d57e38272d87b",
              172016, 1.3, turn=2, code="GOLDEN PAGE 1", code_at=(119.0, 15.0))
SECRET = Known("secret.jpg", "1281aedee34131fbf23459963de6aa048312e148170963cc7ad048ab05233644",
              158519, -0.6, 2574, 1842, turn=1, secret=True)
BACK = Known("back.jpg", "f332552e8ac6c1df2b9675975a92c2c917bca4c2126f38807f29391b822653ea",
              99790, 0.4, blank=True)
EVERY = (FRONT, SECRET, BACK)
