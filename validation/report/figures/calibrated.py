"""A calibrated mass model beside the estimate it was made from: sigmoid and kernel, untouched and modulated."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..calibrations import condition_title
from ..levers import BASE as BASE_NAME
from ..numbers import scale
from .style import BASE, DASHED, FULL_WIDTH, GREY, Trace, changed, sheet


def _looks(conditions: Sequence[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], Trace, str]]:
    """Return every condition with its look and its label."""
    return [
        (one, BASE if one["condition"] == BASE_NAME else changed(1), condition_title(one["condition"]))
        for one in conditions
    ]


def _draw_pair(axes: Axes, x: Any, estimate: Any, model: Any, trace: Trace) -> None:
    axes.plot(x, estimate, color=trace.tint, linewidth=2.6, zorder=2)
    axes.plot(x, model, color=trace.colour, **DASHED, zorder=3)


def _draw_sigmoid(axes: Axes, curves: Mapping[str, Any], trace: Trace) -> None:
    v, rate = np.asarray(curves["v"]), np.asarray(curves["rate"])
    _draw_pair(axes, v * scale("V"), rate, curves["model_rate"], trace)
    at = float(curves["operating_v"])
    axes.plot(
        at * scale("V"),
        np.interp(at, v, rate),
        marker="D",
        markersize=5,
        color="white",
        markeredgecolor=trace.colour,
        markeredgewidth=1.1,
        linestyle="none",
        zorder=4,
    )


def _draw_kernel(axes: Axes, curves: Mapping[str, Any], trace: Trace) -> None:
    lag = np.asarray(curves["lag"]) * scale("s")
    factor = scale("V", "µV")
    _draw_pair(axes, lag, factor * np.asarray(curves["kernel"]), factor * np.asarray(curves["model_kernel"]), trace)


def _draw_difference(axes: Axes, curves: Mapping[str, Any], trace: Trace) -> None:
    v = np.asarray(curves["v"]) * scale("V")
    axes.plot(v, np.asarray(curves["model_rate"]) - np.asarray(curves["rate"]), color=trace.colour, linewidth=1.2)


def draw_calibrated(conditions: Sequence[Mapping[str, Any]]) -> Figure:
    """Draw sigmoids, what the model's rate misses, and kernels, of the estimate (wide) and of the model (dashed)."""
    figure = sheet(FULL_WIDTH, 68)
    sigmoids, differences, kernels = figure.subplots(1, 3, width_ratios=(1.1, 1.0, 1.1))
    looks = _looks(conditions)
    for one, trace, _ in looks:
        _draw_sigmoid(sigmoids, one["curves"], trace)
        _draw_difference(differences, one["curves"], trace)
        _draw_kernel(kernels, one["curves"], trace)
    for axes in (differences, kernels):
        axes.axhline(0, color=GREY, linewidth=0.6, zorder=0)
    sigmoids.set(xlabel="mean free potential (mV)", ylabel="population rate (Hz)", ylim=(0, None))
    differences.set(xlabel="mean free potential (mV)", ylabel="model − estimate (Hz)")
    kernels.set(xlabel="time after the presynaptic spike (ms)", ylabel="free potential per spike (µV)", xlim=(0, None))
    for axes, text, title in zip(
        (sigmoids, differences, kernels), "abc", ("sigmoid", "error of the rate", "kernel"), strict=True
    ):
        axes.set_title(f"{text}  {title}")
    handles = [Line2D([], [], color=trace.tint, linewidth=2.6, label=label) for _, trace, label in looks]
    handles.append(Line2D([], [], color="#444444", **DASHED, label="calibrated model"))
    figure.legend(handles=handles, loc="outside upper left", ncols=len(handles))
    return figure
