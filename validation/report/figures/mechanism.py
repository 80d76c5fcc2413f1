"""One mechanism on one page: the sigmoid and the kernel before and after, and where prediction and measurement part."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..features import FEATURES
from ..levers import BASE as BASE_NAME
from ..levers import Lever, MechanismPart
from ..missing import has
from ..numbers import is_number, scale
from .style import BASE, DASHED, FULL_WIDTH, GREY, PALE, Trace, changed, note_missing, sheet

_REACH = 3.0  # margins shown on each side of the agreement panel
_FEW = 4  # amounts that a reader can tell apart in one panel


@dataclass(frozen=True)
class Drawn:
    """One condition of the figure."""

    condition: str
    label: str
    trace: Trace
    features: Mapping[str, Mapping[str, Any]]


def conditions_of(part: MechanismPart | None) -> tuple[Drawn, ...]:
    """Return the untouched population and the amounts of a mechanism (none: the untouched population alone)."""
    untouched = Drawn(BASE_NAME, "untouched", BASE, {})
    levers = drawn_levers(part) if part else ()
    return (untouched, *(Drawn(lv.condition, lv.amount_label, changed(i), lv.features) for i, lv in enumerate(levers)))


def drawn_levers(part: MechanismPart) -> tuple[Lever, ...]:
    """Return the amounts that are drawn: of more than a few, the ends and two between (dose curves have all)."""
    if len(part.levers) <= _FEW:
        return part.levers
    places = np.unique(np.linspace(0, len(part.levers) - 1, _FEW).round().astype(int))
    return tuple(part.levers[place] for place in places)


def _row(dataset: xr.Dataset, name: str, condition: str) -> np.ndarray:
    return dataset[name].sel(condition=condition).values


def _draw_points(axes: Axes, dataset: xr.Dataset, drawn: Drawn) -> None:
    v, v_se, rate, rate_se = (_row(dataset, n, drawn.condition) for n in ("v_free", "v_free_se", "rate", "rate_se"))
    axes.errorbar(
        v * scale("V"),
        rate,
        xerr=v_se * scale("V"),
        yerr=rate_se,
        fmt=drawn.trace.marker,
        color=drawn.trace.colour,
        markeredgecolor="white",
        markeredgewidth=0.4,
        elinewidth=0.7,
        zorder=4,
    )


def _draw_fit(axes: Axes, dataset: xr.Dataset, drawn: Drawn) -> None:
    v = dataset["v"].values * scale("V")
    low, high, rate = (
        _row(dataset, n, drawn.condition) for n in ("fitted_rate_low", "fitted_rate_high", "fitted_rate")
    )
    axes.fill_between(v, low, high, color=drawn.trace.colour, alpha=0.22, linewidth=0)
    axes.plot(v, rate, color=drawn.trace.tint, linewidth=2.2, zorder=2.5)


def _draw_predicted_rate(axes: Axes, dataset: xr.Dataset, drawn: Drawn) -> None:
    v, rate = (_row(dataset, n, drawn.condition) for n in ("predicted_v_free", "predicted_rate"))
    axes.plot(v * scale("V"), rate, color=drawn.trace.colour, **DASHED, zorder=3.5)


def _draw_operating_point(axes: Axes, dataset: xr.Dataset, drawn: Drawn) -> None:
    measured = dataset["measured"].sel(condition=drawn.condition)
    v, rate = (float(measured.sel(feature=name)) for name in ("operating_v", "operating_rate"))
    axes.plot(
        v * scale("V"),
        rate,
        marker="D",
        markersize=5,
        color="white",
        markeredgecolor=drawn.trace.colour,
        markeredgewidth=1.1,
        zorder=6,
        linestyle="none",
    )


_SIGMOID_LAYERS = (
    (("fitted_rate", "fitted_rate_low", "fitted_rate_high"), _draw_fit, "fit"),
    (("v_free", "v_free_se", "rate", "rate_se"), _draw_points, "data"),
    (("predicted_v_free", "predicted_rate"), _draw_predicted_rate, "prediction"),
)


def draw_sigmoids(axes: Axes, dataset: xr.Dataset, conditions: Sequence[Drawn]) -> None:
    """Draw rate against mean free potential: counted points, fitted curve with its band, predicted curve dashed."""
    absent = []
    for drawn in conditions:
        missing = []
        for names, draw, word in _SIGMOID_LAYERS:
            if has(dataset, *names, condition=drawn.condition):
                draw(axes, dataset, drawn)
            else:
                missing.append(word)
        if has(dataset, "measured", condition=drawn.condition, feature="operating_v"):
            _draw_operating_point(axes, dataset, drawn)
        absent += [f"{drawn.label}: no {', no '.join(missing)}"] if missing else []
    axes.set(xlabel="mean free potential (mV)", ylabel="population rate (Hz)", ylim=(-0.02 * axes.get_ylim()[1], None))
    note_missing(axes, absent)


def _kernel_reach(dataset: xr.Dataset, conditions: Sequence[Drawn], fraction: float = 0.03) -> float:
    """Return the lag (s) after which every drawn kernel stays below a fraction of its peak."""
    reach, lag = 0.0, dataset["lag"].values
    for drawn in conditions:
        kernel = np.nan_to_num(np.abs(_row(dataset, "kernel", drawn.condition)))
        late = np.flatnonzero(kernel > fraction * max(kernel.max(), 1e-300))
        reach = max(reach, float(lag[late[-1]]) if late.size else 0.0)
    return reach or float(lag[-1])


def _draw_kernel(axes: Axes, dataset: xr.Dataset, drawn: Drawn, order: int) -> None:
    lag, kernel = dataset["lag"].values * scale("s"), _row(dataset, "kernel", drawn.condition) * scale("V", "µV")
    if has(dataset, "kernel_se", condition=drawn.condition):
        band = 1.96 * _row(dataset, "kernel_se", drawn.condition) * scale("V", "µV")
        axes.fill_between(lag, kernel - band, kernel + band, color=drawn.trace.colour, alpha=0.22, linewidth=0)
    axes.plot(
        lag,
        kernel,
        color=drawn.trace.tint,
        linewidth=2.2,
        marker=drawn.trace.marker,
        markevery=(0.04 * order, 0.12),
        markerfacecolor=drawn.trace.colour,
        markeredgecolor="white",
        markeredgewidth=0.4,
        zorder=2.5,
    )


def draw_kernels(axes: Axes, dataset: xr.Dataset, conditions: Sequence[Drawn]) -> None:
    """Draw the free-potential response to one presynaptic spike: measured with its band, predicted dashed."""
    absent, present = [], []
    for order, drawn in enumerate(conditions):
        if has(dataset, "kernel", condition=drawn.condition):
            _draw_kernel(axes, dataset, drawn, order)
            present.append(drawn)
        else:
            absent.append(f"{drawn.label}: no kernel")
        if has(dataset, "kernel_predicted", condition=drawn.condition):
            predicted = _row(dataset, "kernel_predicted", drawn.condition) * scale("V", "µV")
            lag = dataset["lag"].values * scale("s")
            axes.plot(lag, predicted, color=drawn.trace.colour, **DASHED, zorder=3.5)
        else:
            absent.append(f"{drawn.label}: no prediction")
    if present:
        axes.set_xlim(0, 1.05 * _kernel_reach(dataset, present) * scale("s"))
    axes.axhline(0, color=GREY, linewidth=0.6, zorder=0)
    axes.set(xlabel="time after the presynaptic spike (ms)", ylabel="free potential per spike (µV)")
    note_missing(axes, absent, top=True)


def agreement(entry: Mapping[str, Any]) -> tuple[float, float, float] | None:
    """Return (measured - predicted change) and its interval in units of the margin, or None if a part is missing."""
    measured = entry.get("measured") or {}
    found = (measured.get("value"), *(measured.get("interval") or ()), entry.get("predicted"), entry.get("margin"))
    numbers = [number for number in found if is_number(number)]
    if len(numbers) != 5 or not numbers[4] > 0:
        return None
    value, low, high, predicted, margin = numbers
    return (value - predicted) / margin, (low - predicted) / margin, (high - predicted) / margin


def _draw_agreement_point(axes: Axes, y: float, drawn: Drawn, entry: Mapping[str, Any]) -> None:
    normalised = agreement(entry)
    if normalised is None:
        axes.text(0, y, "\N{EN DASH}", ha="center", va="center", color=drawn.trace.colour)
        return
    value, low, high = (float(np.clip(n, -_REACH, _REACH)) for n in normalised)
    axes.plot([low, high], [y, y], color=drawn.trace.colour, linewidth=0.9, solid_capstyle="butt")
    beyond = abs(normalised[0]) > _REACH
    marker = (">" if value > 0 else "<") if beyond else drawn.trace.marker
    face = "white" if entry.get("verdict") == "undecided" else drawn.trace.colour
    axes.plot(
        value,
        y,
        marker=marker,
        color=face,
        markeredgecolor=drawn.trace.colour,
        markeredgewidth=0.8,
        clip_on=False,
        zorder=4,
    )


def draw_agreement(axes: Axes, conditions: Sequence[Drawn]) -> None:
    """Draw, feature by feature, measured minus predicted change in units of the margin set before the run."""
    axes.axvspan(-1, 1, color=PALE, linewidth=0, zorder=0)
    axes.axvline(0, color=GREY, linewidth=0.6, zorder=1)
    offsets = np.linspace(-0.2, 0.2, len(conditions)) if len(conditions) > 1 else np.zeros(1)
    rows, previous = [], None
    for row, feature in enumerate(FEATURES.values()):
        if previous not in (None, feature.group):
            axes.axhline(row - 0.5, color="#999999", linewidth=0.5)
        previous = feature.group
        rows.append(feature.symbol)
        for offset, drawn in zip(offsets, conditions, strict=True):
            _draw_agreement_point(axes, row + offset, drawn, drawn.features.get(feature.name, {}))
    axes.set_yticks(range(len(rows)), rows)
    axes.tick_params(axis="y", length=0)
    axes.set(xlim=(-_REACH, _REACH), ylim=(len(rows) - 0.4, -0.6), xlabel="(measured − predicted) / margin")
    axes.spines["left"].set_visible(False)


def _legend(figure: Figure, conditions: Sequence[Drawn]) -> None:
    handles = [
        Line2D(
            [],
            [],
            color=d.trace.tint,
            linewidth=2.2,
            marker=d.trace.marker,
            markerfacecolor=d.trace.colour,
            markeredgecolor="white",
            markeredgewidth=0.4,
            markersize=4,
            label=d.label,
        )
        for d in conditions
    ]
    handles.append(Line2D([], [], color="#444444", **DASHED, label="predicted"))
    handles.append(
        Line2D(
            [],
            [],
            color="white",
            marker="D",
            markersize=4.5,
            markeredgecolor="#444444",
            linestyle="none",
            label="operating point",
        )
    )
    figure.legend(handles=handles, loc="outside upper left", ncols=len(handles))


def draw_mechanism(dataset: xr.Dataset, part: MechanismPart | None) -> Figure:
    """Draw sigmoids, kernels and agreement of one mechanism; without a mechanism, the untouched population alone."""
    conditions = conditions_of(part)
    height = 92 if part else 62
    figure = sheet(FULL_WIDTH if part else 130, height)
    columns = figure.subplots(1, 3 if part else 2, width_ratios=(1.15, 1.05, 0.85) if part else (1.1, 1.0))
    draw_sigmoids(columns[0], dataset, conditions)
    draw_kernels(columns[1], dataset, conditions)
    if part:
        draw_agreement(columns[2], conditions[1:])
    for axes, text, title in zip(columns, "abc", ("sigmoid", "kernel", "agreement"), strict=False):
        axes.set_title(f"{text}  {title}")
    _legend(figure, conditions)
    return figure
