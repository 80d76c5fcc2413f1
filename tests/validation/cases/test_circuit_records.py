"""Stored measurements of circuits: every one has its page, and the page shows them as they are."""

from pathlib import Path

import pytest

import mesobridge
from mesobridge.validation.cases import CASES
from mesobridge.validation.cases.circuit_records import MEASURES, ROWS, stored_rows, table

PAGES = Path(mesobridge.__file__ or "").parent / "docs" / "cases"
PAGE_OF = {
    "L9": "montbrio-2015",
    "L10": "brunel-2000",
    "L11": "brunel-wang-2001",
    "L18": "potjans-diesmann-2014",
    "L18-full": "potjans-diesmann-2014",
}


def test_every_circuit_case_is_stored_and_has_a_page():
    assert set(MEASURES) == set(ROWS) == set(PAGE_OF)
    assert set(MEASURES) < set(CASES)
    assert {path.stem for path in PAGES.glob("*.md")} == set(PAGE_OF.values())


@pytest.mark.parametrize("case", list(PAGE_OF))
def test_the_page_has_the_table_of_the_stored_measurement(case):
    assert len(stored_rows(case)) >= 4
    assert table(case) in (PAGES / f"{PAGE_OF[case]}.md").read_text(encoding="utf-8")
