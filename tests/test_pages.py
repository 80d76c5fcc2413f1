"""Every page of the ladder runs, draws a labelled figure, and says what a reader must know."""

import importlib.util
import re
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

ROOT = Path(__file__).resolve().parent.parent
SPEC = importlib.util.spec_from_file_location("ladder_figures", ROOT / "docs" / "ladder_figures.py")
assert SPEC is not None
assert SPEC.loader is not None
ladder_figures = importlib.util.module_from_spec(SPEC)
sys.modules[SPEC.name] = ladder_figures
SPEC.loader.exec_module(ladder_figures)


def test_there_are_pages():
    assert len(ladder_figures.PAGES) >= 10


@pytest.mark.parametrize("page", ladder_figures.PAGES, ids=lambda page: page.stem)
def test_the_example_of_a_page_draws_a_labelled_figure(page):
    figure = ladder_figures.figure_of(page)
    try:
        drawn = [axes for axes in figure.axes if axes.has_data()]
        assert drawn
        assert all(axes.get_xlabel() or axes.get_shared_x_axes().joined(axes, drawn[-1]) for axes in drawn)
        assert any(axes.get_ylabel() for axes in drawn)
    finally:
        plt.close(figure)


@pytest.mark.parametrize("page", ladder_figures.PAGES, ids=lambda page: page.stem)
def test_a_page_shows_its_figure_and_says_when_it_holds(page):
    text = page.read_text(encoding="utf-8")
    assert f"](../images/ladder/{page.stem}.png)" in text
    assert (ROOT / "docs" / "images" / "ladder" / f"{page.stem}.png").exists()
    assert re.search(r"^## Assumptions", text, re.MULTILINE)
    assert re.search(r"^## Validity", text, re.MULTILINE)


def test_the_index_names_every_page():
    index = (ROOT / "docs" / "ladder" / "index.md").read_text(encoding="utf-8")
    assert {page.name for page in ladder_figures.PAGES} == set(re.findall(r"\]\((\w[\w-]*\.md)\)", index))
