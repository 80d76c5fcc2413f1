"""The page in the documentation: written from a ledger alone, and the one that is shipped is such a page."""

import json
from pathlib import Path

import pytest

from mesobridge.validation.ledger import read_statements
from mesobridge.validation.ledger.page import claims_page, main, read_ledger

from .example import example_ledger

PAGE = Path(__file__).resolve().parents[3] / "docs/claims.md"


def test_every_row_stands_on_the_page_with_its_numbers_and_verdict():
    page = claims_page(example_ledger())
    for words in (
        "### scales",
        "| low | +1.020 [+1.000, +1.040] | holds |",
        "| high | +0.600 [+0.560, +0.640] | fails |",
        "**holds in part**",
        "Shunted. (shine2021, jahr1990)",
        "in steps of +0.5; +0.4",
        "near \N{MINUS SIGN}4 mV, margin 0.5 mV",
        "needs the receptor data",
        "| undecided | 1 | [unknown](#unknown) |",
        "* jahr1990: Jahr CE",
    ):
        assert words in page, words
    assert "None" not in page
    assert "nan" not in page


def test_the_page_is_made_from_a_result_folder(tmp_path):
    (tmp_path / "report.json").write_text(json.dumps({"ledger": example_ledger()}))
    main(tmp_path, tmp_path / "claims.md")
    assert (tmp_path / "claims.md").read_text(encoding="utf-8") == claims_page(example_ledger())


def test_a_folder_without_a_ledger_is_refused_with_the_command_that_makes_one(tmp_path):
    (tmp_path / "report.json").write_text("{}")
    with pytest.raises(ValueError, match="mesobridge run --claims -o"):
        read_ledger(tmp_path)


def test_the_shipped_page_has_every_statement():
    page = PAGE.read_text(encoding="utf-8")
    assert page.startswith("# Claims")
    missing = [s.id for s in read_statements() if f"### {s.id}\n" not in page or s.text not in page]
    assert not missing, "run `make claims`"
