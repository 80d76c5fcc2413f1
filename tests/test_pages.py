"""Every page of the ladder and of the mechanisms runs, draws a labelled figure, and says what a reader must know."""

import importlib.util
import re
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

from mesobridge.spiking import MECHANISMS

ROOT = Path(__file__).resolve().parent.parent
SPEC = importlib.util.spec_from_file_location("page_figures", ROOT / "docs" / "page_figures.py")
assert SPEC is not None
assert SPEC.loader is not None
page_figures = importlib.util.module_from_spec(SPEC)
sys.modules[SPEC.name] = page_figures
SPEC.loader.exec_module(page_figures)

LADDER = [page for page in page_figures.PAGES if page.parent.name == "ladder"]
PUBLISHED = [page for page in page_figures.PAGES if page.parent.name == "cases"]
SIMULATED = [page for page in page_figures.PAGES if page.parent.name == "mechanisms"]
STATED = {
    "ladder": ("Assumptions", "Validity"),
    "mechanisms": ("What it does", "Example"),
    "cases": ("The circuit", "Ours and published", "What differs", "Assumptions"),
    "docs": ("Assumptions", "Validity"),
}


def name_of(page: Path) -> str:
    return page.stem


def check_figure(page: Path) -> None:
    figure = page_figures.figure_of(page)
    try:
        drawn = [axes for axes in figure.axes if axes.has_data()]
        assert drawn
        assert all(axes.get_xlabel() or axes.get_shared_x_axes().joined(axes, drawn[-1]) for axes in drawn)
        assert any(axes.get_ylabel() for axes in drawn)
    finally:
        plt.close(figure)


def test_there_is_a_page_for_every_mechanism_and_for_many_rungs():
    assert {page.stem for page in SIMULATED} == {name.replace("_", "-") for name in MECHANISMS}
    assert len(LADDER) >= 20


QUICK = [page for page in [*LADDER, *PUBLISHED, *page_figures.SINGLE] if page not in page_figures.COMPILED]


@pytest.mark.parametrize("page", QUICK, ids=name_of)
def test_the_example_of_a_rung_draws_a_labelled_figure(page):
    check_figure(page)


@pytest.mark.slow
@pytest.mark.cpp
@pytest.mark.parametrize("page", [*SIMULATED, *page_figures.COMPILED], ids=name_of)
def test_the_example_of_a_mechanism_draws_a_labelled_figure(page):
    check_figure(page)


@pytest.mark.parametrize("page", page_figures.PAGES, ids=name_of)
def test_a_page_shows_its_figure_and_says_when_it_holds(page):
    text = page.read_text(encoding="utf-8")
    folder = "images" if page in page_figures.SINGLE else f"../images/{page.parent.name}"
    assert f"]({folder}/{page.stem}.png)" in text
    assert page_figures.picture_of(page).exists()
    for heading in STATED[page.parent.name]:
        assert re.search(rf"^## {heading}", text, re.MULTILINE)


def test_the_index_of_the_ladder_names_every_page():
    index = (ROOT / "docs" / "ladder" / "index.md").read_text(encoding="utf-8")
    assert {page.name for page in LADDER} == set(re.findall(r"\]\((\w[\w-]*\.md)\)", index))
