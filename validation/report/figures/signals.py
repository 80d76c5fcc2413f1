"""Signals of a pairing: spectra of rates and potentials, fluctuations of finite size, pairwise correlations."""

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .style import BLACK, BLUE, DASHED, FULL_WIDTH, GREEN, GREY, ORANGE, PURPLE, VERMILLION, mark_decades, sheet

_SIDES = (
    ("estimates", VERMILLION, "mean field, still rates"),
    ("moving", PURPLE, "mean field, moving rates"),
    ("theory", BLUE, "theory alone"),
    ("leaky", GREEN, "theory, leaky rates"),
)
_COLUMNS = 4
_MOST_PAIRS = 8
_MILLI = 1e3


def draw_spectra(dataset: xr.Dataset) -> Figure:
    """Draw the spectra of every population rate and mean free potential with their bands, and the linear responses."""
    names = dataset["population"].values
    columns = min(len(names), _COLUMNS)
    rows = -(-len(names) // columns)
    kinds = [("spectrum", "rate", "(Hz²/Hz)", 1.0)]
    if "voltage_spectrum" in dataset:
        kinds.append(("voltage_spectrum", "potential", "(mV²/Hz)", _MILLI**2))
    figure = sheet(FULL_WIDTH, 16 + 52 * rows * len(kinds))
    panels = figure.subplots(rows * len(kinds), columns, squeeze=False)
    for block, (kind, what, unit, scale) in enumerate(kinds):
        own = panels[block * rows : (block + 1) * rows]
        for axes, name in zip(own.flat, names, strict=False):
            _draw_spectrum(axes, dataset.sel(population=name), kind, scale)
            axes.set_title(f"{name}: {what}")
        for axes in own.flat[len(names) :]:
            axes.set_axis_off()
        for axes in own[:, 0]:
            axes.set_ylabel(f"spectrum of the {what} {unit}")
    for axes in panels[-1]:
        axes.set_xlabel("frequency (Hz)")
    _explain(figure, panels[0, 0])
    return figure


def _explain(figure: Figure, axes: Axes) -> None:
    """Put the legend of all panels above them, where it covers nothing."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=3)


def _draw_spectrum(axes: Axes, own: xr.Dataset, kind: str, scale: float) -> None:
    frequency = own["frequency"].values
    low, high = (own[f"{kind}_{end}"] * scale for end in ("low", "high"))
    axes.fill_between(frequency, low, high, color="#cfcfcf", linewidth=0, label="network, 95 % band")
    for side, colour, word in _SIDES:
        if f"{kind}_{side}" in own:
            style: dict[str, Any] = {"linewidth": 1.1} if side in ("estimates", "moving") else DASHED
            axes.plot(frequency, own[f"{kind}_{side}"] * scale, color=colour, label=word, **style)
    if f"{kind}_mesoscopic" in own:
        axes.plot(frequency, own[f"{kind}_mesoscopic"] * scale, color=ORANGE, linewidth=0.8, label="mesoscopic theory")
    axes.set(xscale="log", yscale="log")
    axes.set_xlim(frequency[0], frequency[-1])
    mark_decades(axes.xaxis)


def draw_fluctuations(dataset: xr.Dataset) -> Figure:
    """Draw the variance of every population rate over that of independent Poisson cells, against the width of bins."""
    names = dataset["population"].values
    columns = min(len(names), _COLUMNS)
    rows = -(-len(names) // columns)
    figure = sheet(FULL_WIDTH, 16 + 54 * rows)
    panels = figure.subplots(rows, columns, squeeze=False)
    width = dataset["bin_width"].values
    for axes, name in zip(panels.flat, names, strict=False):
        own = dataset.sel(population=name)
        # Independent Poisson cells of a population of N have the variance rate/(N width).
        unit = width / float(own["poisson_variance"])
        axes.axhline(1, color=GREY, linewidth=0.6)
        for side, colour, word in _SIDES:
            if f"fluctuation_{side}" in own:
                style: dict[str, Any] = {"linewidth": 1.1} if side in ("estimates", "moving") else DASHED
                axes.plot(width * _MILLI, own[f"fluctuation_{side}"] * unit, color=colour, label=word, **style)
        for name_of, colour, marker, word in (
            ("fluctuation_mesoscopic", ORANGE, "s", "mesoscopic theory"), ("fluctuation", BLACK, "o", "network")
        ):  # fmt: skip
            if name_of in own:
                axes.errorbar(
                    width * _MILLI, own[name_of] * unit, 2 * own[f"{name_of}_error"] * unit, color=colour, fmt=marker,
                    markersize=2.8, elinewidth=0.7, label=word,
                )  # fmt: skip
        axes.set(xscale="log", yscale="log", title=str(name), xlabel="width of the bins (ms)")
        mark_decades(axes.xaxis)
        mark_decades(axes.yaxis)
    for axes in panels.flat[len(names) :]:
        axes.set_axis_off()
    for axes in panels[:, 0]:
        axes.set_ylabel("variance over that of\nindependent Poisson cells")
    _explain(figure, panels[0, 0])
    return figure


def draw_correlations(dataset: xr.Dataset) -> Figure:
    """Draw the mean correlation of the counts of two cells against the window, for the pairs that share most."""
    pairs = dataset["pair"].values
    size = np.abs(dataset["correlation"].transpose("pair", "window").values).max(axis=1)
    shown = [pairs[k] for k in sorted(np.argsort(-size)[:_MOST_PAIRS])]
    columns = min(len(shown), _COLUMNS)
    rows = -(-len(shown) // columns)
    figure = sheet(FULL_WIDTH, 16 + 54 * rows)
    panels = figure.subplots(rows, columns, squeeze=False)
    window = dataset["window"].values * _MILLI
    for axes, pair in zip(panels.flat, shown, strict=False):
        own = dataset.sel(pair=pair)
        axes.axhline(0, color=GREY, linewidth=0.6)
        for side, colour, word in _SIDES:
            if f"correlation_{side}" in own:
                style: dict[str, Any] = {"linewidth": 1.1} if side in ("estimates", "moving") else DASHED
                axes.plot(window, own[f"correlation_{side}"] * _MILLI, color=colour, label=word, **style)
        axes.errorbar(
            window, own["correlation"] * _MILLI, 2 * own["correlation_error"] * _MILLI, color=BLACK, fmt="o",
            markersize=2.8, elinewidth=0.7, label="network",
        )  # fmt: skip
        axes.set(xscale="log", title=str(pair), xlabel="window (ms)")
        mark_decades(axes.xaxis)
    for axes in panels.flat[len(shown) :]:
        axes.set_axis_off()
    for axes in panels[:, 0]:
        axes.set_ylabel("correlation of counts (10⁻³)")
    _explain(figure, panels[0, 0])
    return figure
