"""The sections of dose curves and interactions: figures that can be read, tables with the numbers of the document."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.text import Text

from mesobridge.validation.report.doses import MAIN, dose_sentence, read_curves, shape_rows
from mesobridge.validation.report.features import FEATURES
from mesobridge.validation.report.figures.dose_curves import draw_dose
from mesobridge.validation.report.figures.interaction_map import draw_interaction
from mesobridge.validation.report.figures.mechanism import drawn_levers
from mesobridge.validation.report.figures.style import paper
from mesobridge.validation.report.folder import render_report
from mesobridge.validation.report.interactions import pair_sentences, read_pairs
from mesobridge.validation.report.levers import Lever, MechanismPart
from mesobridge.validation.report.numbers import MINUS, scale

from .example_doses import example_doses, example_interactions
from .reader import Element, read_elements


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    return {"doses": example_doses(), "interactions": example_interactions()}


@pytest.fixture(scope="module")
def shown(dataset: xr.Dataset, small_document: dict[str, Any], told: dict[str, Any], tmp_path_factory: Any) -> Path:
    return render_report(dataset, {**small_document, **told}, "", tmp_path_factory.mktemp("doses"))


@pytest.fixture(scope="module")
def elements(shown: Path) -> list[Element]:
    return read_elements(shown.read_text(encoding="utf-8"))


def _figures(told: dict[str, Any]) -> list[Figure]:
    return [*map(draw_dose, read_curves(told)), *map(draw_interaction, read_pairs(told))]


def test_text_is_large_enough_for_print_and_inside_the_page(told: dict[str, Any]) -> None:
    with paper():
        figures = _figures(told)
        assert len(figures) == 4
        for figure in figures:
            figure.draw_without_rendering()
            texts = [
                t for t in figure.findobj(Text) if isinstance(t, Text) and t.get_visible() and t.get_text().strip()
            ]
            assert len(texts) > 10
            assert min(float(text.get_fontsize()) for text in texts) >= 7
            assert figure.get_figwidth() * 25.4 <= 180.001
            legends = [text for legend in figure.legends for text in legend.get_texts()]
            page = figure.bbox
            for box in (text.get_window_extent() for text in (*figure.texts, *legends)):
                assert box.x0 >= page.x0 - 1
                assert box.x1 <= page.x1 + 1
                assert box.y0 >= page.y0 - 1
                assert box.y1 <= page.y1 + 1


def test_points_of_a_dose_curve_stand_where_the_data_are(told: dict[str, Any]) -> None:
    curve = read_curves(told)[1]
    with paper():
        axes = draw_dose(curve).axes[MAIN.index("gain")]
    factor = scale("1", FEATURES["gain"].shown_in)
    wanted = np.column_stack(
        [np.array(curve.amounts) * 1e3, [p["value"] * factor for p in curve.features["gain"]["points"]]]
    )
    drawn = [np.column_stack(line.get_data()) for line in axes.lines]
    assert any(points.shape == wanted.shape and np.allclose(points, wanted) for points in drawn)


def test_a_gain_that_turns_is_said_with_its_amount(told: dict[str, Any]) -> None:
    rising, turning = read_curves(told)
    assert dose_sentence(rising) == "The gain rises over the whole range, as predicted."
    assert re.fullmatch(
        r"The gain turns within the range, at \+[\d.]+ mV \[.* mV, .* mV\], as predicted \(at \+[\d.]+ mV\)\.",
        dose_sentence(turning),
    )


def test_slopes_are_per_doubling_or_per_millivolt(told: dict[str, Any]) -> None:
    rising, turning = read_curves(told)
    assert (rising.slope_unit, turning.slope_unit) == ("doubling", "mV")
    row = next(row for row in shape_rows(turning) if row.feature.name == "operating_v")
    assert float(row.slope.predicted.replace("+", "")) == pytest.approx(1.0, abs=0.01)
    assert rising.amount(0.5) == "×0.5"
    assert turning.amount(-0.004) == f"{MINUS}4 mV"


def test_every_interaction_of_the_main_features_has_its_cell_with_its_verdict(
    elements: list[Element], told: dict[str, Any]
) -> None:
    cells = {
        (e.attributes["data-combination"], e.attributes["data-interaction"]): e
        for e in elements
        if "data-interaction" in e.attributes
    }
    assert set(cells) == {(row["combination"], name) for row in told["interactions"] for name in MAIN}
    seen = set()
    for row in told["interactions"]:
        for name in MAIN:
            cell, entry = cells[row["combination"], name], row["features"][name]
            assert entry["verdict"] in cell.text.split()
            seen.add(entry["verdict"])
    assert {"additive", "interacts"} <= seen


def test_each_curve_and_each_pair_has_figure_and_table(elements: list[Element], told: dict[str, Any]) -> None:
    names = {element.attributes.get("id") for element in elements}
    assert {"doses", "interactions", "dose-ampa_density", "dose-calcium_depolarization"} <= names
    assert {f"figure-{pair.key}" for pair in read_pairs(told)} <= names
    rows = [element for element in elements if "data-dose" in element.attributes]
    assert len(rows) == 2 * len(FEATURES)
    text = elements[0].text
    assert "Interactions of levers" in text
    for pair in read_pairs(told):
        assert all(sentence in text for sentence in pair_sentences(pair))
    heads = [element for element in elements if element.tag == "th"]
    assert all(head.attributes.get("scope") in {"col", "row", "colgroup", "rowgroup"} for head in heads)


def test_the_order_is_said(told: dict[str, Any]) -> None:
    grid, alone = read_pairs(told)
    assert (grid.is_grid, alone.is_grid) == (True, False)
    assert pair_sentences(grid)[1].startswith("Ampa_density was applied before") is False
    assert "the order matters" in pair_sentences(grid)[1]
    assert pair_sentences(alone)[1] == "The order in which the two are applied does not matter."


def test_a_result_without_them_has_neither_section(page: str) -> None:
    assert 'id="doses"' not in page
    assert 'id="interactions"' not in page


def test_of_many_amounts_a_mechanism_shows_the_ends_and_two_between() -> None:
    levers = tuple(Lever(f"{k}", "m", "review", float(k), f"{k}", "1", "", {}, {}, {}) for k in range(9))
    assert [lever.amount for lever in drawn_levers(MechanismPart("m", "review", levers))] == [0.0, 3.0, 5.0, 8.0]
    assert drawn_levers(MechanismPart("m", "review", levers[:3])) == levers[:3]
