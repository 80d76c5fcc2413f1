"""Interactions of two levers: a map over their amounts, or, for a few combinations, feature by feature in margins."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from ..doses import MAIN
from ..features import FEATURES, Feature
from ..interactions import LOG_UNIT, Combined, Pair
from ..numbers import MISSING, decimal, is_number, scale
from .style import BLUE, FULL_WIDTH, GREY, PALE, VERMILLION, changed, sheet

_REACH = 3.0  # margins on each side of 0
_COLOURS = LinearSegmentedColormap.from_list("interaction", [VERMILLION, "#ffffff", BLUE])


def draw_interaction(pair: Pair) -> Figure:
    """Draw the map of a grid of amounts, else the agreement panel of a few combinations."""
    return _draw_map(pair) if pair.is_grid else _draw_panel(pair)


def _value(cell: Mapping[str, Any], measured: bool) -> float | None:
    found = (cell.get("interaction") or {}).get("value") if measured else cell.get("predicted")
    return found if is_number(found) else None


def _unit(feature: Feature, cell: Mapping[str, Any]) -> str:
    return LOG_UNIT if cell.get("scale") == "log" else feature.shown_in


def _written(feature: Feature, cell: Mapping[str, Any], value: float | None) -> str:
    if value is None:
        return MISSING
    factor = 1.0 if cell.get("scale") == "log" else scale(feature.unit, feature.shown_in)
    return decimal(value * factor, 2 if abs(value * factor) < 9.995 else 1, signed=True)


def _draw_cell(axes: Axes, x: int, y: int, feature: Feature, cell: Mapping[str, Any], measured: bool) -> None:
    value, margin = _value(cell, measured), cell.get("margin")
    colour = "#ffffff"
    if value is not None and is_number(margin):
        colour = _COLOURS(0.5 + 0.5 * float(np.clip(value / margin / _REACH, -1, 1)))
    axes.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=colour, edgecolor="#d9d9d9", linewidth=0.5))
    verdict = cell.get("verdict") if measured else None
    if verdict == "undecided":
        dashes = (0, (2, 1.6))
        frame = Rectangle(
            (x - 0.44, y - 0.44), 0.88, 0.88, fill=False, edgecolor="#666666", linewidth=0.6, linestyle=dashes
        )
        axes.add_patch(frame)
    strong = value is not None and is_number(margin) and abs(value / margin) > 0.62 * _REACH
    axes.text(
        x,
        y,
        _written(feature, cell, value),
        ha="center",
        va="center",
        fontsize=7,
        weight="bold" if verdict == "interacts" else "normal",
        style="normal" if measured else "italic",
        color="white" if strong else "#111111",
    )


def _draw_grid(
    axes: Axes,
    grid: Mapping[tuple[float, float], Combined],
    feature: Feature,
    ends: Sequence[list[float]],
    measured: bool,
) -> None:
    first, second = ends
    for i, a in enumerate(first):
        for j, b in enumerate(second):
            cell = grid[a, b].features.get(feature.name, {}) if (a, b) in grid else {}
            _draw_cell(axes, j, i, feature, cell, measured)
    axes.set(xlim=(-0.5, len(second) - 0.5), ylim=(-0.5, len(first) - 0.5))
    axes.set_xticks(range(len(second)))
    axes.set_yticks(range(len(first)))
    axes.tick_params(length=0, pad=2)
    axes.spines[:].set_visible(False)


def _draw_map(pair: Pair) -> Figure:
    grid = {(one.first_amount, one.second_amount): one for one in pair.combined}
    ends = [sorted({key[k] for key in grid}) for k in (0, 1)]
    sides = (True, False) if pair.predicted else (True,)
    columns, bands = len(MAIN) // 2, 2 * len(sides)
    figure = sheet(FULL_WIDTH, 26 + bands * (7 + 6.2 * len(ends[0])))
    panels = figure.subplots(bands, columns, sharex=True, sharey=True)
    for k, name in enumerate(MAIN):
        for row, measured in enumerate(sides):
            axes = panels[len(sides) * (k // columns) + row, k % columns]
            _draw_grid(axes, grid, FEATURES[name], ends, measured)
            cell = pair.combined[0].features.get(name, {})
            title = f"{FEATURES[name].label} ({_unit(FEATURES[name], cell)})" if measured else "predicted"
            axes.set_title(title, fontsize=7.5 if measured else 7, weight="bold" if measured else "normal")
            axes.set_xticklabels([grid[ends[0][0], amount].labels[1] for amount in ends[1]])
            axes.set_yticklabels([grid[amount, ends[1][0]].labels[0] for amount in ends[0]])
    figure.supxlabel(pair.titles[1].replace("_", " "), fontsize=7.5)
    figure.supylabel(pair.titles[0].replace("_", " "), fontsize=7.5)
    _colour_key(figure, panels)
    return figure


def _colour_key(figure: Figure, panels: np.ndarray) -> None:
    bar = figure.colorbar(
        ScalarMappable(Normalize(-_REACH, _REACH), _COLOURS), ax=panels, shrink=0.5, aspect=30, pad=0.015
    )
    bar.set_label("interaction / margin", fontsize=7.5)
    bar.set_ticks([-3, -1, 0, 1, 3])
    bar.outline.set_visible(False)  # type: ignore[operator]


def _draw_point(axes: Axes, y: float, cell: Mapping[str, Any], index: int) -> None:
    trace, margin, found = changed(index), cell.get("margin"), cell.get("interaction")
    if not found or not is_number(margin):
        axes.text(0, y, "\N{EN DASH}", ha="center", va="center", color=trace.colour)
        return
    value, low, high = (n / margin for n in (found["value"], *found["interval"]))
    held = np.clip([value, low, high], -_REACH, _REACH)
    axes.plot(held[1:], [y, y], color=trace.colour, linewidth=0.9, solid_capstyle="butt", zorder=3)
    beyond = abs(value) > _REACH
    marker = (">" if value > 0 else "<") if beyond else trace.marker
    face = "white" if cell.get("verdict") == "undecided" else trace.colour
    axes.plot(
        held[0],
        y,
        marker=marker,
        color=face,
        markeredgecolor=trace.colour,
        markeredgewidth=0.8,
        clip_on=False,
        zorder=4,
    )
    predicted = cell.get("predicted")
    if is_number(predicted):
        at = float(np.clip(predicted / margin, -_REACH, _REACH))
        axes.plot([at, at], [y - 0.32, y + 0.32], color="#222222", linewidth=1.2, zorder=3.5)


def _draw_panel(pair: Pair) -> Figure:
    figure = sheet(130, 22 + 4.6 * len(FEATURES))
    axes = figure.subplots()
    axes.axvspan(-1, 1, color=PALE, linewidth=0, zorder=0)
    axes.axvline(0, color=GREY, linewidth=0.6, zorder=1)
    offsets = np.linspace(-0.22, 0.22, len(pair.combined)) if len(pair.combined) > 1 else np.zeros(1)
    previous = None
    for row, feature in enumerate(FEATURES.values()):
        if previous not in (None, feature.group):
            axes.axhline(row - 0.5, color="#999999", linewidth=0.5)
        previous = feature.group
        for index, one in enumerate(pair.combined):
            _draw_point(axes, row + offsets[index], one.features.get(feature.name, {}), index)
    axes.set_yticks(range(len(FEATURES)), [feature.label for feature in FEATURES.values()])
    axes.tick_params(axis="y", length=0)
    axes.set(xlim=(-_REACH, _REACH), ylim=(len(FEATURES) - 0.4, -0.6), xlabel="interaction / margin")
    axes.spines["left"].set_visible(False)
    handles = [
        Line2D([], [], color=changed(i).colour, marker=changed(i).marker, linestyle="-", label=one.title)
        for i, one in enumerate(pair.combined)
    ]
    handles.append(Line2D([], [], color="#222222", marker="|", markersize=7, linestyle="none", label="predicted"))
    figure.legend(handles=handles, loc="outside upper left", ncols=min(3, len(handles)))
    return figure
