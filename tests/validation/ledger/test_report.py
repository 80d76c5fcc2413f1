"""The ledger in the report: a row for every statement and domain, its figures, and a sentence where there is none."""

import re

import pytest

from mesobridge.validation.report.folder import render_report
from mesobridge.validation.report.ledger import HOW_TO

from ..report.example_dataset import example_dataset
from ..report.example_document import Study, example_document
from .example import example_ledger

PORTRAITS = ("burst-surface", "relay-modes", "rebound", "spiking-rebound")


@pytest.fixture(scope="module")
def document():
    made = example_document(example_dataset())
    return {**made, "levers": made["levers"][:1], "dynamics": made["dynamics"][:4]}


@pytest.fixture(scope="module")
def page(document, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    render_report(example_dataset(), {**document, "ledger": example_ledger()}, Study().resolved_toml(), folder)
    drawn = {path.name for path in (folder / "figures").iterdir()}
    assert {"ledger.svg", *(f"{name}.png" for name in PORTRAITS)} <= drawn
    return (folder / "report.html").read_text(encoding="utf-8")


def section(page: str) -> str:
    found = re.search(r'<section id="ledger">.*?</section>', page, re.DOTALL)
    assert found is not None
    return found[0]


def test_every_statement_and_domain_has_its_row(page):
    text = section(page)
    for row in example_ledger()["rows"]:
        assert f'id="ledger-{row["id"]}"' in text
        assert row["text"] in text
        assert all(domain["domain"] in text for domain in row["domains"])
    assert text.count("<tr>") == 1 + sum(len(row["domains"]) for row in example_ledger()["rows"])


def test_verdicts_notes_and_reasons_are_said_in_words(page):
    text = section(page)
    for words in ("holds in part", "holds everywhere", "fails", "undecided", "needs the receptor data", "Shunted."):
        assert words in text, words
    assert "<code>jahr1990</code>" in page


def test_its_figures_are_in_the_page(page):
    for name in ("ledger", *PORTRAITS):
        assert f'id="figure-{name}"' in section(page)


def test_a_report_without_a_ledger_says_how_to_make_one(document, tmp_path):
    render_report(example_dataset(), document, Study().resolved_toml(), tmp_path)
    text = section((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert HOW_TO.replace("'", "&#39;") in text
    assert not (tmp_path / "figures/ledger.svg").exists()
