"""Expected against found: what a dossier lacks, has twice or should not have, whose sheets differ. Pure.

No text here repeats what a code on paper said: that may be personal data. Codes and names are the office's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from appliance.core import errors
from appliance.core.errors import Kind
from appliance.documents.composition.expected import Expected, component_named, exempt
from appliance.documents.composition.papers import folder_papers
from appliance.documents.composition.sheets import Sheets, differ
from appliance.documents.composition.table import HOLD, Component

ACCEPTED = "accepted"
"""An answer that lets a document stay though it is not expected, exempt or there twice."""

BY_DOCUMENT = "+"
"""Before a document number: what an answer names where a document is no component."""

ANSWERS = {
    "already_digitised": ("đã số hóa trước", "digitised before"),
    "do_not_digitise": ("quyết định không số hóa", "decided not to be digitised"),
    "handed_over": ("đã bàn giao bản giấy", "handed over on paper"),
    "not_required": ("không cần cho hồ sơ này", "not needed for this dossier"),
}
"""What answers that stand for a component are called."""


@dataclass(frozen=True, slots=True)
class Found:
    """A document of a dossier, as far as its composition goes.

    ``component`` is what the code on its first page calls it; ``gone``: it was captured and is filed nowhere.
    """

    ordinal: int
    type_name: str = ""
    component: str = ""
    gone: bool = False

    @property
    def folder_paper(self) -> bool:
        """Say whether it is a folder cover, table of contents or closing note."""
        return self.type_name in folder_papers()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a dossier, and in words."""

    kind: Kind
    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found of a dossier.

    Attributes:
        findings: what is wrong, the weightiest first.
        documents: numbers of the documents of each component that has some.
        missing: codes of components that must be there and are not.
        others: numbers of documents that are none.
    """

    findings: tuple[Finding, ...] = ()
    documents: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    others: tuple[int, ...] = ()

    @property
    def code(self) -> str:
        """The code that holds the dossier, or empty."""
        return self.findings[0].kind.code if self.findings else ""

    @property
    def words(self) -> dict[str, str]:
        """What fills the text of that code: everything that is wrong."""
        return {"found": "; ".join(one.vi for one in self.findings),
                "found_en": "; ".join(one.en for one in self.findings)}


def judge(wanted: Expected, documents: Sequence[Found], answers: Mapping[str, str], sheets: Sheets,
          *, hold_unknown: bool = False) -> Judgement:
    """Compare what a dossier must be made of with what was captured.

    Args:
        wanted: what it must be made of.
        documents: its documents; annexes of another document left out.
        answers: what a person said instead of scanning, kind by component code, or by ``+`` and a document number.
        sheets: what every source says of its sheets.
        hold_unknown: whether a procedure that the table has not is wrong.
    """
    answers = {_code_of(wanted, text): kind for text, kind in answers.items()}
    known = identify(documents, wanted.components)
    live = [one for one in documents if not one.gone]
    seen = {part.code for part in known.values() if part is not None}
    by_code = {part.code: tuple(one.ordinal for one in live if known[one.ordinal] is part)
               for part in wanted.components}
    present = {code: numbers for code, numbers in by_code.items() if numbers}
    stands = {code: kind for code, kind in {**dict.fromkeys(wanted.shared, "already_digitised"), **answers}.items()
              if kind in ANSWERS}
    missing = tuple(one.code for one in wanted.components
                    if one.code in wanted.wanted and one.code not in seen and one.code not in stands)
    others = tuple(one.ordinal for one in live if known[one.ordinal] is None and not one.folder_paper)
    accepted = {code for code, kind in answers.items() if kind == ACCEPTED}
    findings = [*_missing(wanted, missing), *_twice(wanted, present, accepted),
                *_wrong(wanted, present, stands, accepted), *_strangers(wanted, others, accepted),
                *_empty(documents, live)]
    if told := differ(sheets):
        findings.append(Finding(errors.SHEETS_DIFFER, *told))
    if hold_unknown and wanted.unknown:
        findings.append(Finding(errors.PROCEDURE_UNKNOWN,
                                f"Bảng thành phần không có thủ tục hoặc loại hồ sơ '{wanted.unknown}'",
                                f"The table of components has no procedure or type '{wanted.unknown}'"))
    return Judgement(tuple(findings), present, missing, others)


def identify(documents: Sequence[Found], parts: Sequence[Component]) -> dict[int, Component | None]:
    """Return by document number which component each is: by the code on it, by its type, then by its number."""
    found: dict[int, Component | None] = {}
    for one in documents:
        found[one.ordinal] = _which(one, parts, [part for part in found.values() if part is not None])
    return found


def _which(one: Found, parts: Sequence[Component], taken: Sequence[Component]) -> Component | None:
    if one.component:
        return component_named(list(parts), one.component)
    typed = [part for part in parts if part.type and part.type == one.type_name]
    if typed:
        fit = [part for part in typed if part.ordinal == one.ordinal] or [
            part for part in typed if part not in taken and not part.ordinal]
        return (fit or typed)[0]
    return next((part for part in parts if part.ordinal and part.ordinal == one.ordinal
                 and not (part.type and one.type_name) and not one.folder_paper), None)


def called(wanted: Expected, code: str) -> str:
    """Return code and name of a component."""
    part = next((one for one in wanted.components if one.code == code), None)
    return f"{code} {part.name}" if part and part.name else code


def _code_of(wanted: Expected, text: str) -> str:
    """Return the code of the component that an answer names: it may be older than the register that lists it."""
    part = component_named(wanted.components, text)
    return part.code if part else text


def _missing(wanted: Expected, missing: Sequence[str]) -> list[Finding]:
    if not missing:
        return []
    names = ", ".join(called(wanted, code) for code in missing)
    return [Finding(errors.COMPONENTS_MISSING, f"thiếu {names}", f"missing: {names}")]


def _twice(wanted: Expected, present: Mapping[str, Sequence[int]], accepted: set[str]) -> list[Finding]:
    many = {one.code for one in wanted.components if one.many}
    return [Finding(errors.COMPONENT_TWICE,
                    f"{called(wanted, code)} có {len(numbers)} lần: tài liệu {_and(numbers, 'và')}",
                    f"{called(wanted, code)} is there {len(numbers)} times: documents {_and(numbers, 'and')}")
            for code, numbers in present.items() if len(numbers) > 1 and code not in many | accepted]


def _wrong(wanted: Expected, present: Mapping[str, Sequence[int]], stands: Mapping[str, str],
           accepted: set[str]) -> list[Finding]:
    """Find components that were scanned and should not have been."""
    found = []
    for code, numbers in present.items():
        name, where = called(wanted, code), _and(numbers, "và")
        if code in stands:
            vi, en = ANSWERS[stands[code]]
            found.append(Finding(errors.COMPOSITION_WRONG, f"{name}: {vi} mà vẫn quét (tài liệu {where})",
                                 f"{name}: {en}, and scanned all the same (document {_and(numbers, 'and')})"))
        elif code in exempt(wanted) and code not in accepted:
            found.append(Finding(errors.COMPOSITION_WRONG,
                                 f"{name}: không thuộc diện số hóa mà vẫn quét (tài liệu {where})",
                                 f"{name}: exempt, and scanned all the same (document {_and(numbers, 'and')})"))
    return found


def _strangers(wanted: Expected, others: Sequence[int], accepted: set[str]) -> list[Finding]:
    left = [number for number in others if f"{BY_DOCUMENT}{number}" not in accepted]
    if not left or wanted.other != HOLD:
        return []
    names = ", ".join(f"{number} (mã thành phần: {BY_DOCUMENT}{number})" for number in left)
    names_en = ", ".join(f"{number} (component: {BY_DOCUMENT}{number})" for number in left)
    return [Finding(errors.COMPOSITION_WRONG, f"không thuộc thành phần nào: tài liệu {names}",
                    f"none of the components: document {names_en}")]


def _empty(documents: Sequence[Found], live: Sequence[Found]) -> list[Finding]:
    if documents and not live:
        return [Finding(errors.DOSSIER_EMPTY, "không còn tài liệu nào", "no document is left")]
    if live and all(one.folder_paper for one in live):
        return [Finding(errors.DOSSIER_EMPTY, "chỉ có bìa, mục lục văn bản hoặc chứng từ kết thúc",
                        "there is only a folder cover, table of contents or closing note")]
    return []


def _and(numbers: Sequence[int], word: str) -> str:
    texts = [str(number) for number in numbers]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} {word} {texts[-1]}"
