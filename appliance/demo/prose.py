"""What the specimen papers say: an invented office, invented people, the wording of real papers.

Every name, number and place is made up; the seed decides which are met together.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

AGENCY = ("BẢO HIỂM XÃ HỘI VIỆT NAM", "BẢO HIỂM XÃ HỘI TỈNH HƯNG LẠC")
PLACE = "Hưng Lạc"
DEPARTMENTS = (("TRƯỞNG PHÒNG", "QLT"), ("TRƯỞNG PHÒNG", "CĐBHXH"), ("TRƯỞNG PHÒNG", "GĐBHYT"),
               ("CHÁNH VĂN PHÒNG", "VP"))


@lru_cache(maxsize=1)
def wording() -> dict[str, Any]:
    """Return the wording by name, as prose.toml has it."""
    return tomllib.loads(Path(__file__).with_name("prose.toml").read_text(encoding="utf-8"))


@dataclass
class Writer:
    """Fills the wording from a seeded source."""

    rng: Random

    def one(self, name: str) -> str:
        """Return one of the wordings of a name."""
        return str(self.rng.choice(wording()[name]))

    def person(self) -> str:
        """Return an invented full name."""
        return " ".join(self.one(part) for part in ("family", "middle", "given"))

    def day(self, low: int = 2015, high: int = 2021) -> str:
        """Return a date as papers write it."""
        return f"{self.rng.randint(1, 28):02d}/{self.rng.randint(1, 12):02d}/{self.rng.randint(low, high)}"

    def amount(self) -> str:
        """Return an amount of đồng with dots between thousands."""
        return f"{self.rng.randint(2_100, 18_900) * 1000:,}".replace(",", ".")

    def digits(self, count: int) -> str:
        """Return digits, the first not zero."""
        return str(self.rng.randint(10 ** (count - 1), 10**count - 1))

    def facts(self) -> dict[str, str]:
        """Return one invented case: the values all wording may use."""
        rng, person = self.rng, self.person()
        return {
            "person": person, "person_caps": person.upper(), "parent": self.person(),
            "company": self.one("companies"), "ward": self.one("wards"), "ward_two": self.one("wards"),
            "number": self.digits(3), "digits": self.digits(4), "count": str(rng.randint(3, 48)),
            "day": self.day(), "birth": self.day(1955, 1989), "code": f"0{self.digits(9)}",
            "card": f"0{self.digits(11)}", "phone": f"09{self.digits(8)}",
            "from_month": f"{rng.randint(1, 12):02d}/{rng.randint(1996, 2004)}",
            "to_month": f"{rng.randint(1, 12):02d}/{rng.randint(2008, 2019)}",
            "salary": self.amount(), "salary_text": f"{self.amount()} đồng/tháng",
            "years": str(rng.randint(15, 36)), "months": str(rng.randint(1, 11)), "rate": str(rng.randint(45, 75)),
            "sex": rng.choice(("Nam", "Nữ")), "nation": "Việt Nam", "people": rng.choice(("Kinh", "Mường", "Tày")),
            "every": rng.choice(("03 tháng", "06 tháng", "12 tháng")),
            "hospital": "Bệnh viện Đa khoa huyện Yên Thủy",
            "request": "Điều chỉnh ngày sinh, cấp lại thẻ do hỏng",
            "enclosed": "Giấy khai sinh (bản sao), sổ bảo hiểm xã hội",
        }

    def letter(self, paragraphs: int) -> list[str]:
        """Return the body of a letter: opening, ``paragraphs`` in the middle, closing."""
        first, *middle, last = wording()["paragraphs"]
        chosen = [first, *self.rng.sample(middle, min(paragraphs, len(middle))), last]
        return [text.format(**self.facts()) for text in chosen]
