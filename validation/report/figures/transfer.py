"""Two kernels of one population: how the free potential follows its input, and how the rate does."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.typing import LineStyleType

from .style import BLACK, COLUMN_WIDTH, GREY, VERMILLION, mark_decades, sheet

_MINUS_3_DB = 1 / np.sqrt(2)


def cutoff(frequency: np.ndarray, magnitude: np.ndarray) -> float | None:
    """Return the first frequency at which a magnitude relative to 0 Hz has fallen to 1/sqrt(2), if that is in range."""
    below = np.flatnonzero(magnitude < _MINUS_3_DB)
    if not below.size or below[0] == 0:
        return None
    i = below[0]
    return float(np.interp(_MINUS_3_DB, magnitude[[i, i - 1]], frequency[[i, i - 1]]))


def _draw_curve(
    axes: Axes, frequency: np.ndarray, magnitude: np.ndarray, colour: str, style: LineStyleType, label: str
) -> None:
    at = cutoff(frequency, magnitude)
    axes.plot(frequency, magnitude, color=colour, linestyle=style, label=label, zorder=3)
    if at is not None:
        axes.plot(
            at,
            _MINUS_3_DB,
            marker="o",
            color="white",
            markeredgecolor=colour,
            markeredgewidth=1.0,
            zorder=4,
        )


def draw_transfer(dataset: xr.Dataset) -> Figure:
    """Draw the normalised magnitudes of h_V and h_r against frequency, with the band of h_r and both -3 dB points."""
    figure = sheet(COLUMN_WIDTH, 62)
    axes = figure.subplots()
    ordered = dataset[["h_v_transfer", "h_r_transfer", "h_r_transfer_se"]].sel(frequency=dataset["frequency"] > 0)
    frequency = ordered["frequency"].values
    h_r, error = ordered["h_r_transfer"].values, ordered["h_r_transfer_se"].values
    lowest = max(float(np.nanmin([ordered["h_v_transfer"].values, h_r])), 1e-3)
    floor = lowest / 10
    axes.fill_between(
        frequency,
        np.maximum(h_r - 1.96 * error, floor),
        np.maximum(h_r + 1.96 * error, floor),
        color=VERMILLION,
        alpha=0.22,
        linewidth=0,
    )
    _draw_curve(axes, frequency, ordered["h_v_transfer"].values, BLACK, "-", "potential, $h_V$")
    _draw_curve(axes, frequency, h_r, VERMILLION, (0, (5, 1.5)), "rate, $h_r$ (95 % band)")
    axes.axhline(_MINUS_3_DB, color=GREY, linewidth=0.6, linestyle=(0, (1, 2)), zorder=0)
    axes.set(
        xscale="log", yscale="log", xlabel="frequency (Hz)", ylabel="normalised magnitude", ylim=(lowest / 1.5, 2.0)
    )
    axes.set_xlim(frequency[0], frequency[-1])
    mark_decades(axes.xaxis)
    mark_decades(axes.yaxis)
    axes.legend(loc="lower left")
    return figure
