"""Figures can be read in print, and show the numbers they are given."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.text import Text

from mesobridge.validation.report.features import FEATURES
from mesobridge.validation.report.figures.controls import draw_controls
from mesobridge.validation.report.figures.dynamics import draw_dynamics
from mesobridge.validation.report.figures.lever_map import cell_number, draw_lever_map
from mesobridge.validation.report.figures.mechanism import agreement, draw_mechanism
from mesobridge.validation.report.figures.style import paper
from mesobridge.validation.report.figures.transfer import cutoff, draw_transfer
from mesobridge.validation.report.levers import group_by_mechanism, read_levers
from mesobridge.validation.report.numbers import MINUS

Draw = Callable[[xr.Dataset, dict[str, Any]], Figure]

DRAWN: dict[str, Draw] = {
    "lever map": lambda dataset, document: draw_lever_map(read_levers(document)),
    "mechanism": lambda dataset, document: draw_mechanism(dataset, group_by_mechanism(read_levers(document))[3]),
    "base": lambda dataset, document: draw_mechanism(dataset, None),
    "dynamics": lambda dataset, document: draw_dynamics(dataset),
    "controls": lambda dataset, document: draw_controls(document["dynamics"]),
    "transfer": lambda dataset, document: draw_transfer(dataset),
}


def _texts(figure: Figure) -> list[Text]:
    return [t for t in figure.findobj(Text) if isinstance(t, Text) and t.get_visible() and t.get_text().strip()]


@pytest.mark.parametrize("name", DRAWN)
def test_text_is_large_enough_for_print_and_inside_the_page(
    name: str, dataset: xr.Dataset, document: dict[str, Any]
) -> None:
    with paper():
        figure = DRAWN[name](dataset, document)
        figure.draw_without_rendering()
        texts = _texts(figure)
        assert len(texts) > 10
        assert min(float(text.get_fontsize()) for text in texts) >= 7
        assert figure.get_figwidth() * 25.4 <= 180.001
        page = figure.bbox
        for text in texts:
            box = text.get_window_extent()
            within = box.x0 >= page.x0 - 1 and box.x1 <= page.x1 + 1 and box.y0 >= page.y0 - 1 and box.y1 <= page.y1 + 1
            assert within or not text.axes or text in _hidden_ticks(figure), f"{text.get_text()!r} leaves the page"


def _hidden_ticks(figure: Figure) -> list[Text]:
    """Return the labels of ticks outside of the axis limits, which matplotlib keeps but does not draw."""
    hidden: list[Text] = []
    for axes in figure.axes:
        for axis, limits in ((axes.xaxis, sorted(axes.get_xlim())), (axes.yaxis, sorted(axes.get_ylim()))):
            ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
            hidden += [tick.label1 for tick in ticks if not limits[0] <= tick.get_loc() <= limits[1]]
            hidden += [tick.label2 for tick in ticks]
    return hidden


def test_the_map_has_one_measured_and_one_predicted_number_per_cell(document: dict[str, Any]) -> None:
    with paper():
        texts = [text.get_text() for text in _texts(draw_lever_map(read_levers(document)))]
    area = document["levers"][0]["features"]["area"]
    assert cell_number(area["measured"]["value"], FEATURES["area"]) in texts
    assert texts.count("—") == 16


@pytest.mark.parametrize(
    ("si", "name", "text"),
    [
        (-0.00123, "v50", f"{MINUS}1.23"),
        (0.0123, "v50", "+12.3"),
        (0.123, "v50", "+123"),
        (1.26e-5, "peak", "+12.6"),
        (2500.0, "q_max", "+2.5k"),
        (None, "v50", "—"),
        (9.999e-3, "v50", "+10.0"),
        (0.9999, "v50", "+1.0k"),
    ],
)
def test_a_number_in_a_cell_has_at_most_five_characters(si: float | None, name: str, text: str) -> None:
    assert cell_number(si, FEATURES[name]) == text
    assert len(text) <= 5


def test_agreement_is_the_difference_in_margins() -> None:
    entry = {"measured": {"value": 3.0, "interval": [2.0, 4.0]}, "predicted": 1.0, "margin": 2.0}
    assert agreement(entry) == (1.0, 0.5, 1.5)
    assert agreement({**entry, "predicted": None}) is None
    assert agreement({**entry, "margin": 0.0}) is None


def test_points_stand_where_the_data_are(dataset: xr.Dataset, document: dict[str, Any]) -> None:
    with paper():
        axes = draw_mechanism(dataset, None).axes[0]
    wanted = np.column_stack([dataset["v_free"].sel(condition="base") * 1e3, dataset["rate"].sel(condition="base")])
    drawn = [np.column_stack(line.get_data()) for line in axes.lines]
    assert any(points.shape == wanted.shape and np.allclose(points, wanted) for points in drawn)


def test_the_cutoff_of_a_first_order_filter_is_its_corner() -> None:
    frequency = np.geomspace(0.01, 1000, 4000)
    assert cutoff(frequency, 1 / np.hypot(1, frequency / 9.0)) == pytest.approx(
        9.0, rel=frequency[1] / frequency[0] - 1
    )
    assert cutoff(frequency, np.ones_like(frequency)) is None
