"""The inverse question: what the features say about the levers, and the mixtures that explain an observed change."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..features import feature
from ..numbers import decimal
from .style import BLACK, BLUE, FULL_WIDTH, GREY, PALE, VERMILLION, sheet

_SIGNED = LinearSegmentedColormap.from_list("signed", [VERMILLION, "#ffffff", BLUE])
_APART = LinearSegmentedColormap.from_list("apart", ["#ffffff", BLUE])
_STRONG = 3.0  # decades of standard errors at full colour
_JOINT = "#9ecae9"


def explanation_figures(document: Mapping[str, Any]) -> dict[str, Callable[[], Figure]]:
    """Return the figures that an explanation has, by name."""
    if not document:
        return {}
    found: dict[str, Callable[[], Figure]] = {"inverse-sensitivity": partial(draw_sensitivity, document)}
    if document.get("answer"):
        found["inverse-answer"] = partial(draw_answer, document)
    return found


def _short(value: float) -> str:
    """Write a number of standard errors in at most four characters."""
    return decimal(value, 0 if abs(value) >= 9.95 or abs(value) < 0.05 else 1)


def _words(name: str) -> str:
    return name.replace("_", " ")


def _label(name: str) -> str:
    return feature(name).label if not name.startswith("power@") else name.replace("power@", "power at ")


def _grid(axes: Axes, values: np.ndarray, shade: np.ndarray, colours: Any, limits: tuple[float, float]) -> None:
    axes.imshow(shade, cmap=colours, vmin=limits[0], vmax=limits[1], aspect="auto")
    for (row, column), value in np.ndenumerate(values):
        dark = abs(shade[row, column]) > 0.6 * limits[1]
        axes.text(column, row, _short(value), ha="center", va="center", fontsize=6, color="white" if dark else BLACK)
    axes.set_xticks(np.arange(values.shape[1]))
    axes.set_yticks(np.arange(values.shape[0]))
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_visible(False)


def _decades(values: np.ndarray) -> np.ndarray:
    """Return signed decades of standard errors: 0 up to 1 error, 3 at a thousand."""
    return np.sign(values) * np.log10(np.maximum(np.abs(values), 1.0))


def draw_sensitivity(document: Mapping[str, Any]) -> Figure:
    """Draw the changes per dose in standard errors, and how far apart each two levers are."""
    levers = [_words(lever["name"]) for lever in document["levers"]]
    features = [_label(one["name"]) for one in document["features"]]
    found = document["sensitivity"]
    figure = sheet(FULL_WIDTH, 40 + 6.2 * len(levers))
    left, right = figure.subplots(1, 2, width_ratios=(max(len(features), 3), max(len(levers), 3)))
    changes, apart = np.array(found["whitened"]).T, np.array(found["d_prime"])
    _grid(left, changes, _decades(changes), _SIGNED, (-_STRONG, _STRONG))
    left.set_xticklabels(features, rotation=55, ha="right", rotation_mode="anchor")
    left.set_yticklabels(levers)
    left.set_title("mean change per full dose (standard errors)", fontsize=7.5)
    left.set_xlabel("feature")
    left.set_ylabel("lever")
    _grid(right, apart, _decades(apart), _APART, (0.0, _STRONG))
    right.set_xticklabels(levers, rotation=55, ha="right", rotation_mode="anchor")
    right.set_yticklabels([])
    right.set_title("d′: row at full dose from any dose of column", fontsize=7.5)
    right.set_xlabel("lever (diagonal: from no change)")
    return figure


def _draw_ranges(axes: Axes, document: Mapping[str, Any]) -> None:
    """Draw the range of every lever along its possible amounts, the amounts written at the ends."""
    rows, levers = document["answer"]["ranges"], document["levers"]
    simplest = next((row for row in document["answer"]["few"] if row["explains"]), None)
    for place, (row, lever) in enumerate(zip(rows, levers, strict=True)):
        ends = row["profile"]["doses"][0], row["profile"]["doses"][-1]
        axes.plot(ends, (place, place), color=PALE, linewidth=5, solid_capstyle="butt", zorder=1)
        if row["joint"] is not None:
            axes.plot(row["joint_doses"], (place, place), color=_JOINT, linewidth=5, solid_capstyle="butt", zorder=2)
            axes.plot(row["interval_doses"], (place, place), color=BLUE, linewidth=1.8, zorder=3)
        for end, text, side in zip(ends, lever["labels"], ("right", "left"), strict=True):
            shift = -0.05 if side == "right" else 0.05
            axes.text(end + shift, place, text, ha=side, va="center", fontsize=6, color="#555555")
    if simplest:
        at = {name: _dose(document, name, amount) for name, amount in simplest["amounts"].items()}
        marked = [(at.get(lever["name"], 0.0), place) for place, lever in enumerate(levers)]
        axes.plot(*zip(*marked, strict=True), "D", color=VERMILLION, markersize=3.5, zorder=4, linestyle="none")
    axes.axvline(0.0, color=GREY, linewidth=0.6, linestyle=(0, (1, 2)), zorder=0)
    axes.set(xlim=(-1.6, 1.6), ylim=(len(rows) - 0.4, -0.6), xlabel="amount (0: untouched, ±1: full dose)")
    axes.set_yticks(np.arange(len(rows)), [_words(lever["name"]) for lever in levers])
    axes.set_xticks([-1, 0, 1])


def _legend(figure: Figure, explained: bool) -> None:
    handles = [
        (Line2D([], [], color=BLACK, marker="o", markersize=3), "observed"),
        (Line2D([], [], color=BLUE, marker="s", markersize=2.6), "nearest mixture, with the error of the curves"),
    ]
    ranges = [
        (Line2D([], [], color=PALE, linewidth=5), "possible"),
        (Line2D([], [], color=_JOINT, linewidth=5), "in some mixture of the set"),
        (Line2D([], [], color=BLUE, linewidth=1.8), "interval of this lever alone"),
        (Line2D([], [], color=VERMILLION, marker="D", markersize=3.5, linestyle="none"), "simplest"),
    ]
    shown = [*(ranges if explained else ranges[:1]), *handles]
    figure.legend([h for h, _ in shown], [w for _, w in shown], loc="outside upper left", ncols=3)


def _dose(document: Mapping[str, Any], name: str, amount: float) -> float:
    lever = next(one for one in document["levers"] if one["name"] == name)
    place = np.log2(amount) if lever["per"] == "doubling" else amount - lever["neutral"]
    return float(place / lever["dose_one"])


def _draw_fit(axes: Axes, document: Mapping[str, Any]) -> None:
    """Draw observed and explained changes in standard errors of the observation."""
    rows = document["answer"]["features"]
    for place, row in enumerate(rows):
        error = row["standard_error"]
        axes.errorbar(row["observed"] / error, place, xerr=1.0, color=BLACK, marker="o", markersize=3, linewidth=0.9)
        width = row["response_error"] / error
        axes.errorbar(
            row["explained"] / error, place + 0.25, xerr=width, color=BLUE, marker="s", markersize=2.6, linewidth=0.9
        )
    axes.axvline(0.0, color=GREY, linewidth=0.6, linestyle=(0, (1, 2)), zorder=0)
    axes.set_yticks(np.arange(len(rows)), [_label(row["name"]) for row in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    sizes = [row[key] / row["standard_error"] for row in rows for key in ("observed", "explained")]
    low, high = min(*sizes, 0.0), max(*sizes, 0.0)
    if max(-low, high) > 30:
        axes.set_xscale("symlog", linthresh=3.0)
        axes.set_xlim(2 * low - 3, 2 * high + 3)
        axes.set_xticks([tick for tick in (-1000, -100, -10, 0, 10, 100, 1000) if 2 * low - 3 < tick < 2 * high + 3])
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}".replace("-", "\N{MINUS SIGN}"))
        axes.minorticks_off()
    axes.set_xlabel("change (standard errors)")


def _draw_cloud(axes: Axes, document: Mapping[str, Any]) -> None:
    """Draw plausible mixtures along the two levers that the least determined direction turns most."""
    levers, answer = document["levers"], document["answer"]
    cloud = np.array(answer["cloud"])
    first, second = np.argsort(-np.abs(answer["directions"][0]["doses"]), kind="stable")[:2]
    axes.plot(cloud[:, first], cloud[:, second], ".", color=BLUE, markersize=2.2, alpha=0.6, markeredgewidth=0)
    for axis, k in (("x", first), ("y", second)):
        ends = answer["ranges"][k]["profile"]["doses"]
        getattr(axes, f"set_{axis}label")(_words(levers[k]["name"]))
        getattr(axes, f"set_{axis}lim")(ends[0] - 0.06, ends[-1] + 0.06)
        getattr(axes, f"set_{axis}ticks")([ends[0], ends[-1]], levers[k]["labels"])


def draw_answer(document: Mapping[str, Any]) -> Figure:
    """Draw the range of every lever, the observed changes beside the nearest mixture, and mixtures of the set."""
    answer = document["answer"]
    clouded = bool(answer["cloud"]) and bool(answer["directions"]) and len(document["levers"]) > 1
    rows = max(len(document["levers"]), len(answer["features"]))
    figure = sheet(FULL_WIDTH, 30 + 5.2 * max(rows, 5))
    panels = figure.subplots(1, 3 if clouded else 2, width_ratios=(3, 2.2, 2.2) if clouded else (3, 2.4))
    _draw_ranges(panels[0], document)
    _draw_fit(panels[1], document)
    if clouded:
        _draw_cloud(panels[2], document)
    _legend(figure, bool(answer["explained"]))
    return figure
