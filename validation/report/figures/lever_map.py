"""The lever map: what each lever did to each feature, what theory said, and whether the two agree."""

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ..features import FEATURES, GROUP_TITLES, Feature
from ..levers import Lever
from ..numbers import MISSING, decimal, is_number, scale
from ..verdicts import ABSENT, VERDICTS, Look, entry_look
from .style import FULL_WIDTH, MILLIMETRE

_LABEL, _CELL, _ROW, _HEAD, _FOOT = 28.0, 7.2, 6.8, 30.0, 9.0  # mm
_GAP = 0.9  # mm between the groups of columns and of rows
_FRAMES = {"fails": (1.1, "-"), "undecided": (0.6, (0, (2, 1.6))), "missing": (0.4, (0, (1, 2)))}


def cell_number(si: object, feature: Feature) -> str:
    """Write a change in at most five characters, in the unit at the head of the column."""
    if not is_number(si):
        return MISSING
    value = si * scale(feature.unit, feature.shown_in)
    if abs(value) >= 999.5:
        return decimal(value / 1e3, 1 if abs(value) < 9.95e3 else 0, signed=True) + "k"
    return decimal(value, 0 if abs(value) >= 99.95 else 1 if abs(value) >= 9.995 else 2, signed=True)


def _column_lefts() -> dict[str, float]:
    lefts, x, group = {}, _LABEL, None
    for feature in FEATURES.values():
        x += _GAP if group not in (None, feature.group) else 0.0
        lefts[feature.name], group = x, feature.group
        x += _CELL
    return lefts


def _draw_box(axes: Axes, x: float, y: float, width: float, height: float, look: Look) -> None:
    axes.add_patch(Rectangle((x, y), width, height, facecolor=look.wash, edgecolor="white", linewidth=0.7))
    if look.key in _FRAMES:
        weight, style = _FRAMES[look.key]
        frame = Rectangle(
            (x + 0.35, y + 0.35),
            width - 0.7,
            height - 0.7,
            fill=False,
            edgecolor=look.colour,
            linewidth=weight,
            linestyle=style,
        )
        axes.add_patch(frame)


def _draw_cell(axes: Axes, x: float, y: float, entry: Mapping[str, Any], feature: Feature) -> None:
    look = entry_look(entry)
    _draw_box(axes, x, y, _CELL, _ROW, look)
    seen = entry.get("sign") in ("+", "-")
    measured = cell_number((entry.get("measured") or {}).get("value"), feature)
    style = {"ha": "center", "va": "center", "fontsize": 7}
    axes.text(
        x + _CELL / 2,
        y + 0.31 * _ROW,
        measured,
        weight="bold" if seen else "normal",
        color="#111111" if seen else "#4a4a4a",
        **style,
    )
    axes.text(
        x + _CELL / 2,
        y + 0.72 * _ROW,
        cell_number(entry.get("predicted"), feature),
        color=look.colour,
        style="italic",
        **style,
    )


def _draw_heads(axes: Axes, lefts: dict[str, float]) -> None:
    for feature in FEATURES.values():
        unit = "" if feature.shown_in == "1" else f" ({feature.shown_in})"
        label = feature.symbol + unit
        axes.text(
            lefts[feature.name] + 0.6 * _CELL, -1.2, label, rotation=65, ha="left", va="bottom", rotation_mode="anchor"
        )
    for group, title in GROUP_TITLES.items():
        inside = [lefts[f.name] for f in FEATURES.values() if f.group == group]
        axes.plot([inside[0], inside[-1] + _CELL], [-0.5, -0.5], color="#333333", linewidth=0.8, solid_capstyle="butt")
        axes.text(inside[0], -_HEAD + 1.0, title, weight="bold", va="top", fontsize=8)


def _draw_label(axes: Axes, y: float, lever: Lever, first: bool) -> None:
    if first:
        axes.text(0, y + 0.31 * _ROW, lever.mechanism.replace("_", " "), va="center", weight="bold", fontsize=7)
    amount = lever.amount_label if lever.mode in ("review", "") else f"{lever.mode}, {lever.amount_label}"
    axes.text(_LABEL - 0.8, y + (0.76 if first else 0.5) * _ROW, amount, ha="right", va="center", fontsize=7)


def _draw_key(axes: Axes, y: float) -> None:
    words = {"holds": "prediction holds", "fails": "prediction fails", "undecided": "undecided", "missing": "missing"}
    axes.text(0, y + 2.2, "upper: measured change (bold: sign shown); lower: predicted change", va="center", fontsize=7)
    x = 85.0
    for look in (*VERDICTS.values(), ABSENT):
        _draw_box(axes, x, y, 4.6, 4.4, look)
        axes.text(x + 5.6, y + 2.2, words[look.key], va="center", fontsize=7)
        x += 26.5 if look.key in ("holds", "fails") else 21.0


def draw_lever_map(levers: tuple[Lever, ...]) -> Figure:
    """Draw the lever map: one row per lever, one column per feature, measured change above predicted change."""
    firsts = [i for i, lever in enumerate(levers) if i == 0 or lever.mechanism != levers[i - 1].mechanism]
    height = _HEAD + len(levers) * _ROW + len(firsts) * _GAP + _FOOT
    figure = Figure(figsize=(FULL_WIDTH * MILLIMETRE, height * MILLIMETRE))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(-1, FULL_WIDTH - 1), ylim=(height - _HEAD, -_HEAD))
    axes.set_axis_off()
    lefts = _column_lefts()
    _draw_heads(axes, lefts)
    y = -_GAP
    for index, lever in enumerate(levers):
        y += _GAP if index in firsts else 0.0
        _draw_label(axes, y, lever, index in firsts)
        for feature in FEATURES.values():
            _draw_cell(axes, lefts[feature.name], y, lever.features.get(feature.name, {}), feature)
        y += _ROW
    _draw_key(axes, y + 3.0)
    return figure
