"""Papers are printed from the one bibliography, and an unknown key is seen."""

from pathlib import Path

import mesobridge
from mesobridge.validation.report.papers import bibliography, describe, papers, read_entries

TEXT = r"""
@article{mueller1999,
  author = {M{\"u}ller, Ada B. and Garc{\'i}a, Luis},
  title = {On {LIF} cells: a {Q}uestion},
  journal = "Journal",
  year = 1999,
  volume = {3},
  pages = {1--9},
  doi = {10.1/x},
}
"""


def test_an_entry_is_read_as_printed() -> None:
    entry = read_entries(TEXT)["mueller1999"]
    assert entry["author"] == "Müller, Ada B. and García, Luis"
    assert entry["title"] == "On LIF cells: a Question"
    assert (entry["journal"], entry["year"], entry["pages"]) == ("Journal", "1999", "1–9")


def test_a_paper_is_one_line() -> None:
    paper = describe("jahr1990")
    assert paper.text.startswith("Jahr CE & Stevens CF (1990) Voltage dependence of NMDA-activated")
    assert paper.text.endswith("Journal of Neuroscience 10:3178–3182.")
    assert paper.doi == "10.1523/JNEUROSCI.10-09-03178.1990"


def test_an_unknown_key_is_shown_not_dropped() -> None:
    assert not describe("nobody1900").found
    assert [paper.key for paper in papers(["shine2021", "nobody1900", "shine2021"])] == ["shine2021", "nobody1900"]


def test_documentation_and_report_share_one_bibliography() -> None:
    documented = Path(mesobridge.__file__ or "").parent / "docs" / "references.bib"
    assert read_entries(documented.read_text(encoding="utf-8")) == bibliography()


def test_every_entry_of_the_bibliography_is_whole() -> None:
    entries = bibliography()
    assert {"shine2021", "stimberg2019"} <= set(entries)
    for key, fields in entries.items():
        assert {"author", "title", "year"} <= set(fields), key
        assert describe(key).text.endswith("."), key
        assert not set("{}\\") & set(describe(key).text), key
