"""The validity map as a figure: squares of in-degrees and synaptic times for every rate, coloured by the error."""

import math
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from ...pairing.validity.map import MapPoint
from ...pairing.verdicts import margins
from .style import BLACK, FULL_WIDTH, GREY, PALE, sheet

_TINTS: dict[float | None, str] = {0.05: "#8fd3b8", 0.15: "#c5e3f6", 0.50: "#f7d08a", None: "#ef9f7a"}
_WORDS: dict[float | None, str] = {
    0.05: "within 5 %", 0.15: "within 15 %", 0.50: "within 50 %", None: "beyond",
}  # fmt: skip
_SIDES = {"estimates": "mean field from estimates", "theory": "theory alone"}
_SHORT = {"estimates": "from estimates", "theory": "theory alone"}
_LINE = 7.4  # mm, of a line of squares
_MOST = 200  # percent, above which one error is like another


def draw_map(points: Sequence[MapPoint]) -> Figure:
    """Draw the error of a rate (percent): over in-degree and decay for every rate, and over the strength of recurrence.

    A number after "<" is what noise could hide where no error is seen.
    """
    usual = [point for point in points if point.strength == 1.0]
    varied = _varied(points)
    lines = len({point.decay for point in usual}) + 1.8
    heights = [lines, lines, *([len({p.decay for p in varied}) + 1.8] if varied else [])]
    heights[-1] += 0.9  # for the legend
    figure = sheet(FULL_WIDTH, 4 + _LINE * sum(heights))
    parts = figure.subfigures(len(heights), 1, squeeze=False, height_ratios=heights)[:, 0]
    for part, (side, title) in zip(parts, _SIDES.items(), strict=False):
        part.suptitle(title, x=0.01, ha="left", fontsize=8, fontweight="bold")
        rates = sorted({point.target_rate for point in usual})
        _draw_row(part, [(f"{r:g} Hz", [p for p in usual if p.target_rate == r], side) for r in rates], "in_degree")
    if varied:
        title = f"{varied[0].in_degree:g} inputs, over the strength of recurrence"
        parts[-1].suptitle(title, x=0.01, ha="left", fontsize=8, fontweight="bold")
        rates = sorted({point.target_rate for point in varied})
        squares = [(side, r, [p for p in varied if p.target_rate == r]) for side in _SIDES for r in rates]
        _draw_row(parts[-1], [(f"{_SHORT[s]}, {r:g} Hz", own, s) for s, r, own in squares], "strength")
    parts[-1].legend(handles=_keys(), loc="outside lower center", ncols=6, handlelength=1.2, handleheight=1.0)
    return figure


def _varied(points: Sequence[MapPoint]) -> list[MapPoint]:
    """Return the networks whose strength was varied, at all their strengths."""
    others = {(p.target_rate, p.in_degree, p.decay) for p in points if p.strength != 1.0}
    return [p for p in points if (p.target_rate, p.in_degree, p.decay) in others]


_AXES = {"in_degree": "excitatory inputs of a cell", "strength": "strength of recurrence"}


def _draw_row(part: Any, squares: Sequence[tuple[str, Sequence[MapPoint], str]], across: str) -> None:
    panels = part.subplots(1, len(squares), squeeze=False)[0]
    for axes, (title, points, side) in zip(panels, squares, strict=True):
        _draw_square(axes, points, side, across)
        axes.set_title(title, loc="left", fontweight="normal", fontsize=7.5)
        axes.set_xlabel(_AXES[across])
    panels[0].set_ylabel("decay of\nexcitation (ms)")
    for axes in panels[1:]:
        axes.set_yticks([])


def _draw_square(axes: Axes, points: Sequence[MapPoint], side: str, across: str) -> None:
    columns = sorted({getattr(point, across) for point in points})
    lines = sorted({point.decay for point in points})
    for point in points:
        _draw_cell(axes, columns.index(getattr(point, across)), lines.index(point.decay), point, side)
    axes.set_xticks(range(len(columns)), [f"{number:g}" for number in columns])
    axes.set_yticks(range(len(lines)), [f"{1e3 * decay:g}" for decay in lines])
    axes.set_xlim(-0.5, len(columns) - 0.5)
    axes.set_ylim(-0.5, len(lines) - 0.5)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _draw_cell(axes: Axes, column: int, line: int, point: MapPoint, side: str) -> None:
    bound = point.bound(side)
    corner, missing = (column - 0.47, line - 0.47), math.isnan(bound)
    colour = PALE if missing else _TINTS[point.band(side)]
    axes.add_patch(Rectangle(corner, 0.94, 0.94, facecolor=colour, linewidth=0))
    text = "–" if missing else _percent(bound, clear=point.clear(side))
    axes.text(column, line, text, ha="center", va="center", fontsize=6.6, color=GREY if missing else BLACK)
    if point.synchrony > margins()["synchrony"]:
        axes.add_patch(Rectangle(corner, 0.94, 0.94, facecolor="none", edgecolor=BLACK, linewidth=1.0))


def _percent(error: float, *, clear: bool) -> str:
    """Return an error in percent; one within noise is said to be less than what noise could hide."""
    percent = 100 * error
    if percent > _MOST:
        return f">{_MOST}"
    number = f"{percent:.1f}" if percent < 9.5 else f"{percent:.0f}"
    return number if clear else f"<{math.ceil(percent)}"


def _keys() -> list[Patch]:
    found = [Patch(facecolor=colour, label=_WORDS[band]) for band, colour in _TINTS.items()]
    found.append(Patch(facecolor="none", edgecolor=BLACK, linewidth=1.0, label="oscillates"))
    return [*found, Patch(facecolor=PALE, label="no mean field")]
