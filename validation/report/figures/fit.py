"""A fit as figures: data beside the best fit with what is left over, profiles of the parameters, and what is open."""

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray
from scipy.stats import chi2

from ..numbers import scale, usual_unit
from .style import BLACK, BLUE, FULL_WIDTH, GREY, PALE, VERMILLION, mark_decades, note_missing, sheet

Array = NDArray[np.floating]

_COLUMNS = 4
_UNITS = {"V^2/Hz": ("µV²/Hz", 1e12), "T^2/Hz": ("fT²/Hz", 1e30), "1/Hz": ("1/Hz", 1.0)}
_LABELS = {"frequency": ("frequency", "Hz"), "time": ("time", "ms"), "level": ("input", None)}


def draw_fit(dataset: xr.Dataset) -> Figure:
    """Draw the data with their errors, the best fit, and the residuals in standard errors below."""
    figure = sheet(FULL_WIDTH, 88)
    if dataset.attrs["kind"] == "connectivity":
        _draw_scatter(figure.subplots(), dataset)
        return figure
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    axis = next(name for name in _LABELS if name in dataset.coords)
    x, label = _axis(dataset, axis)
    unit, factor = _of_data(str(dataset["measured"].attrs["units"]))
    measured, error, predicted = (dataset[name].values * factor for name in ("measured", "standard_error", "predicted"))
    above.errorbar(x, measured, error, color=BLACK, fmt="o", markersize=2.4, elinewidth=0.6, label="data ± 1 s.e.")
    above.plot(x, predicted, color=VERMILLION, label="best fit", zorder=3)
    below.axhspan(-2, 2, color=PALE, linewidth=0)
    below.axhline(0, color=GREY, linewidth=0.6)
    below.plot(x, _residuals(dataset), color=BLACK, marker="o", linestyle="none", markersize=2.4)
    if dataset.attrs["kind"] == "spectrum":
        above.set_yscale("log")
        above.set_xscale("log")
        below.set_xlim(x.min() * 0.95, x.max() * 1.05)
        mark_decades(below.xaxis)
        above.set_ylabel(f"power density ({unit})")
    else:
        above.set_ylabel(f"{'rate' if unit == 'Hz' else 'response'} ({unit})")
    below.set_xlabel(label)
    below.set_ylabel("residual (s.e.)")
    above.legend(loc="best")
    return figure


def draw_profiles(dataset: xr.Dataset, document: dict[str, Any]) -> Figure:
    """Draw the rise of the deviance against each parameter, with the level at which its interval ends."""
    number = len(document["parameters"])
    columns = min(number, _COLUMNS)
    rows = -(-number // columns)
    figure = sheet(FULL_WIDTH * max(columns, 2) / _COLUMNS, 12 + 40 * rows)
    panels = figure.subplots(rows, columns, sharey=True, squeeze=False)
    goal = float(chi2.ppf(document["provenance"]["level"], 1)) * document["misfit"]["widened_by"] ** 2
    for axes, item in zip(panels.flat, document["parameters"], strict=False):
        _draw_profile(axes, dataset.sel(parameter=item["name"]), item, goal)
    for axes in panels.flat[len(document["parameters"]) :]:
        axes.set_axis_off()
    for axes in panels[:, 0]:
        axes.set_ylabel("rise of the deviance")
    return figure


def draw_identifiability(document: dict[str, Any]) -> Figure:
    """Draw the singular values, and of which parameters each direction is made."""
    found = document["identifiability"]["directions"]
    names = list(found[0]["weights"])
    figure = sheet(FULL_WIDTH, 30 + 6.5 * len(names))
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.5))
    values = [max(item["singular_value"], 1e-6) for item in found]
    place = np.arange(len(found))
    colours = [BLUE if item["determined"] else VERMILLION for item in found]
    left.barh(place, values, color=colours, height=0.62)
    left.axvline(np.sqrt(3), color=GREY, linewidth=0.8, linestyle=(0, (3, 1.5)))
    left.set_xscale("log")
    left.set_yticks(place, [str(k + 1) for k in place])
    left.set_xlabel("half the bounds / standard error")
    left.set_ylabel("direction")
    left.set_title("What the data determine")
    weights = np.array([[item["weights"][name] for name in names] for item in found])
    image = right.imshow(weights, cmap="RdBu_r", vmin=-1, vmax=1, aspect="auto")
    right.set_xticks(range(len(names)), names, rotation=40, ha="right")
    right.set_yticks(place, [])
    right.set_xlabel("parameter")
    right.set_title("What each direction is made of")
    left.set_ylim(right.get_ylim())
    figure.colorbar(image, ax=right, label="weight", fraction=0.05)
    return figure


def _axis(dataset: xr.Dataset, name: str) -> tuple[Any, str]:
    word, shown = _LABELS[name]
    unit = str(dataset[name].attrs["units"])
    shown = usual_unit(unit) if shown is None else shown
    return dataset[name].values * scale(unit, shown), f"{word} ({shown})"


def _of_data(unit: str) -> tuple[str, float]:
    """Return the unit in which data are drawn, and the factor to it."""
    if unit in _UNITS:
        return _UNITS[unit]
    return ("µV", 1e6) if unit == "V" else (unit, 1.0)


def _residuals(dataset: xr.Dataset) -> Any:
    """Return (data - fit) in standard errors; of a spectrum, whose errors go with its size, in those of the fit."""
    difference = dataset["measured"].values - dataset["predicted"].values
    if dataset.attrs["kind"] == "spectrum":
        relative = dataset["standard_error"].values / dataset["measured"].values
        return difference / (relative * dataset["predicted"].values)
    return difference / dataset["standard_error"].values


def _draw_scatter(axes: Axes, dataset: xr.Dataset) -> None:
    predicted, measured = np.tanh(dataset["predicted"].values), np.tanh(dataset["measured"].values)
    axes.plot(predicted, measured, color=BLUE, marker=".", linestyle="none", markersize=2, alpha=0.35)
    ends = [min(predicted.min(), measured.min()), max(predicted.max(), measured.max())]
    axes.plot(ends, ends, color=GREY, linewidth=0.8)
    axes.set_xlabel("correlation of the fitted network")
    axes.set_ylabel("measured correlation")
    note_missing(axes, [f"correlation over pairs {np.corrcoef(predicted, measured)[0, 1]:.3f}"])


def _draw_valley(axes: Axes, value: Array, rise: Array) -> None:
    # The signed root of the deviance is close to linear in a parameter, the deviance itself is not.
    root = np.sqrt(rise) * np.where(value < value[np.argmin(rise)], -1, 1)
    fine = np.linspace(value[0], value[-1], 200)
    axes.plot(fine, np.interp(fine, value, root) ** 2, color=BLUE)
    axes.plot(value, rise, color=BLUE, marker="o", linestyle="none", markersize=2.6)


def _draw_profile(axes: Axes, profile: xr.Dataset, item: dict[str, Any], goal: float) -> None:
    value, rise = profile["profile_value"].values, profile["profile_rise"].values
    order = np.argsort(value)
    value, rise = value[order], rise[order]
    axes.axhline(goal, color=GREY, linewidth=0.8, linestyle=(0, (3, 1.5)))
    # Between two valleys nobody has looked: a NaN in the rise.
    gaps = np.flatnonzero(np.isfinite(value) & np.isnan(rise))
    for stretch in np.split(np.arange(value.size), gaps):
        kept = stretch[np.isfinite(value[stretch]) & (rise[stretch] < 3 * goal)]
        if kept.size:
            _draw_valley(axes, value[kept], np.maximum(rise[kept], 0.0))
    for end in item["interval"]:
        if end is not None:
            axes.axvline(end, color=VERMILLION, linewidth=0.8)
    axes.set_ylim(-0.05 * goal, 2.2 * goal)
    unit = "" if item["unit"] in ("1", "") or "/model" in item["unit"] else f" ({item['unit']})"
    axes.set_xlabel(f"{item['name']}{unit}")
    axes.xaxis.set_major_locator(MaxNLocator(3))
    axes.ticklabel_format(axis="x", style="sci", scilimits=(-3, 4), useMathText=True)
    if not item["determined"]:
        note_missing(axes, ["open"], top=True)
