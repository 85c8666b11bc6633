"""The stacks on offer: what they are made of and what their separators declare."""

from collections import Counter

import pytest

from appliance.core.model import SheetKind
from appliance.demo import stack
from appliance.demo.prose import wording


def test_the_demo_stack_has_two_dossiers_of_three_documents_and_at_least_24_sides() -> None:
    sheets = stack.layout(stack.DEMO, 1)
    says = [sheet.separator for sheet in sheets if sheet.separator is not None]
    assert [sum(s.kind is kind for s in says) for kind in (SheetKind.DOSSIER, SheetKind.DOCUMENT)] == [2, 6]
    assert len(sheets) * 2 >= 24


def test_the_demo_stack_has_every_trouble_that_was_asked_for() -> None:
    papers = [sheet.paper for sheet in stack.layout(stack.DEMO, 1) if sheet.separator is None]
    fronts = {paper.front for paper in papers}
    assert {"letter", "form", "table"} <= fronts
    assert any(paper.back == "blank" for paper in papers)
    assert any(paper.skew > 1 for paper in papers) and any(paper.upside_down for paper in papers)


@pytest.mark.parametrize("name", sorted(stack.PLANS))
def test_separators_declare_the_sheets_that_follow(name: str) -> None:
    sheets = stack.layout(stack.PLANS[name], 1)
    by_dossier = Counter(sheet.file_code for sheet in sheets if sheet.separator is None)
    by_document = Counter((sheet.file_code, sheet.ordinal) for sheet in sheets if sheet.separator is None)
    for sheet in sheets:
        if sheet.separator is not None:
            dossier = sheet.separator.kind is SheetKind.DOSSIER
            follow = by_dossier[sheet.file_code] if dossier else by_document[sheet.file_code, sheet.ordinal]
            assert sheet.separator.sheets == follow


def test_the_bench_stack_has_40_sides_and_the_quick_one_4() -> None:
    assert len(stack.layout(stack.BENCH, 1)) * 2 == 40
    assert len(stack.layout(stack.QUICK, 1)) == 4


def test_the_wording_of_letters_uses_every_letter_of_vietnamese() -> None:
    names = ("paragraphs", "articles", "titles", "subjects")
    text = " ".join(" ".join(wording()[name]) for name in names).lower()
    letters = "áàảãạăắằẳẵặâấầẩẫậđéèẻẽẹêếềểễệíìỉĩịóòỏõọôốồổỗộơớờởỡợúùủũụưứừửữựýỳỷỹỵ"
    assert set(letters) - set(text) == set()
