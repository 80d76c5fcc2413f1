"""The tutorials run from top to bottom, and each shows what it prints and draws."""

import importlib.util
import re
import sys
import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

ROOT = Path(__file__).resolve().parent.parent
SPEC = importlib.util.spec_from_file_location("tutorial_pages", ROOT / "docs" / "tutorial_pages.py")
assert SPEC is not None
assert SPEC.loader is not None
tutorial_pages = importlib.util.module_from_spec(SPEC)
sys.modules[SPEC.name] = tutorial_pages
SPEC.loader.exec_module(tutorial_pages)


def name_of(page: Path) -> str:
    return page.stem


def page_with(folder: Path, text: str) -> Path:
    page = folder / "page.md"
    page.write_text(text, encoding="utf-8")
    return page


def test_both_directions_have_a_tutorial_that_index_and_readme_link():
    assert {page.stem for page in tutorial_pages.PAGES} == {"l5_alpha2a_to_tvb", "spectrum_to_mechanism"}
    for place, prefix in (("docs/index.md", ""), ("README.md", "docs/")):
        text = (ROOT / place).read_text(encoding="utf-8")
        assert all(f"({prefix}tutorials/{page.name})" in text for page in tutorial_pages.PAGES)


@pytest.mark.parametrize("page", tutorial_pages.PAGES, ids=name_of)
def test_a_tutorial_has_its_outputs_and_pictures_and_says_what_it_does_not_mean(page):
    text = page.read_text(encoding="utf-8")
    assert text.count("```text\n") >= 3
    assert "```text\n```" not in text, "a block without its output: make tutorials"
    pictures = re.findall(r"^!\[[^\]]+\]\(([^)]+)\)", text, re.MULTILINE)
    assert pictures
    assert all((page.parent / picture).exists() for picture in pictures)
    assert "## What it does not mean" in text


@pytest.mark.slow
@pytest.mark.cpp
@pytest.mark.parametrize("page", tutorial_pages.PAGES, ids=name_of)
def test_a_tutorial_runs_and_draws_labelled_figures(page):
    if page.stem in tutorial_pages.NEEDS:
        pytest.importorskip(tutorial_pages.NEEDS[page.stem], reason="not installed: make test-simulators")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # TVB's own
        ran = tutorial_pages.run_page(page)
    drawn = [one.figure for one in ran if one.figure is not None]
    assert drawn
    for figure in drawn:
        assert all(axes.get_xlabel() and axes.get_ylabel() for axes in figure.axes if axes.has_data())
        plt.close(figure)
    renewed = tutorial_pages.written(page, ran)
    assert all(one.printed in renewed for one in ran)


def test_what_a_block_prints_is_written_under_it_and_later_blocks_know_its_names(tmp_path):
    first = "```python\nx = 2\nprint(x)\n```\n\n```text\nold\n```\n"
    silent = "```python\ny = x\n```\n"
    last = "```python\nprint(y + 1)\n```\n\n```text\n```\n"
    page = page_with(tmp_path, "\n".join(["# P\n", first, silent, last]))
    renewed = tutorial_pages.written(page, tutorial_pages.run_page(page))
    assert renewed.count("```text\n2\n```") == 1
    assert renewed.count("```text\n3\n```") == 1
    assert "old" not in renewed


def test_an_output_without_a_place_is_refused(tmp_path):
    page = page_with(tmp_path, "# P\n\n```python\nprint(1)\n```\n")
    with pytest.raises(ValueError, match=r"line 3: a block that prints is followed by a text block"):
        tutorial_pages.run_page(page)


def test_a_figure_without_a_place_is_refused(tmp_path):
    page = page_with(tmp_path, "# P\n\n```python\nimport matplotlib.pyplot as plt\nfigure = plt.figure()\n```\n")
    with pytest.raises(ValueError, match="followed by its image"):
        tutorial_pages.run_page(page)
    plt.close("all")
