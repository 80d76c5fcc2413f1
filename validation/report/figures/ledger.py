"""The claims ledger as a picture: every effect in units of its margin."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..numbers import is_number
from ..verdicts import VERDICTS
from .style import FULL_WIDTH, GREY, PALE, sheet

_ROW, _HEAD = 3.4, 16.0  # mm
_LINEAR, _END = 2.0, 300.0  # margins: up to where the axis is linear, and where it ends
_MARKERS = {"holds": "o", "fails": "X", "undecided": "s"}


def _in_margins(value: float, row: Mapping[str, Any]) -> float:
    expected = float(row["value"]) if row["kind"] == "near" else 0.0
    return float(np.clip((value - expected) / float(row["margin"]), -_END, _END))


def _draw_row(axes: Axes, y: float, row: Mapping[str, Any]) -> None:
    domains = [domain for domain in row["domains"] if is_number((domain.get("measured") or {}).get("value"))]
    offsets = np.linspace(-0.28, 0.28, len(domains)) if len(domains) > 1 else np.zeros(len(domains))
    for offset, domain in zip(offsets, domains, strict=True):
        found, seen = domain["measured"], VERDICTS[domain["verdict"]]
        ends = [_in_margins(end, row) for end in found["interval"]]
        axes.plot(ends, [y + offset] * 2, color=seen.colour, linewidth=0.8, solid_capstyle="butt")
        axes.plot(
            [_in_margins(found["value"], row)], [y + offset],
            marker=_MARKERS[seen.key], markersize=2.6, color=seen.colour, markeredgewidth=0.0,
        )  # fmt: skip
    if not domains:
        axes.text(0, y, "no data", fontsize=6, style="italic", color="#555555", ha="center", va="center")


_WORDS = {
    "rises": "\N{GREATER-THAN SIGN} 0", "greater": "\N{GREATER-THAN SIGN} 0", "falls": "\N{LESS-THAN SIGN} 0",
    "unchanged": "\N{ALMOST EQUAL TO} 0", "near": "\N{ALMOST EQUAL TO} value", "exists": "\N{GREATER-THAN SIGN} margin",
}  # fmt: skip


def _expected(row: Mapping[str, Any]) -> str:
    sign = "\N{GREATER-THAN SIGN}" if row["value"] > 0 else "\N{LESS-THAN SIGN}"
    return _WORDS.get(str(row["kind"]), f"all {sign} 0")


def draw_ledger(rows: list[Mapping[str, Any]]) -> Figure:
    """Draw every statement as a row: its effect in each domain, in units of the margin, coloured by verdict."""
    figure = sheet(FULL_WIDTH, _HEAD + _ROW * len(rows))
    axes = figure.subplots()
    axes.axvspan(-1, 1, color=PALE, linewidth=0)
    axes.axvline(0, color=GREY, linewidth=0.6)
    for y, row in enumerate(rows):
        _draw_row(axes, y, row)
    experiments = [row["experiment"] for row in rows]
    for y, pair in enumerate(pairwise(experiments)):
        if pair[0] != pair[1]:
            axes.axhline(y + 0.5, color=GREY, linewidth=0.3)
    axes.set_xscale("symlog", linthresh=_LINEAR, linscale=0.7)
    ticks = [-100, -10, -1, 0, 1, 10, 100]
    axes.set_xticks(ticks, [f"{tick}".replace("-", "\N{MINUS SIGN}") for tick in ticks])
    axes.set(xlim=(-_END, _END), ylim=(len(rows) - 0.4, -0.6), xlabel="effect minus expected value, in margins")
    axes.set_yticks(range(len(rows)), [str(row["id"]) for row in rows], fontsize=6)
    expected = axes.secondary_yaxis("right")
    expected.set_yticks(range(len(rows)), [_expected(row) for row in rows], fontsize=6)
    for side in (axes, expected):
        side.tick_params(axis="y", length=0)
    for verdict, seen in VERDICTS.items():
        axes.plot([], [], marker=_MARKERS[verdict], markersize=3, linestyle="none", color=seen.colour, label=seen.word)
    figure.get_layout_engine().set(rect=(0.02, 0.0, 0.96, 1.0))  # type: ignore[union-attr]
    figure.legend(loc="outside upper center", ncols=3)
    return figure
