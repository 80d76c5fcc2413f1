"""The rebound of excitation after driven inhibition: the map of the linear pair, and that of spiking pairs."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from .style import BLACK, COLUMN_WIDTH, changed, mark_decades, sheet


def draw_rebound(surface: Mapping[str, Any]) -> Figure:
    """Draw the rebound of a linear pair over the inhibitory time constant and the strength of slow recovery in E."""
    figure = sheet(COLUMN_WIDTH, 66)
    axes = figure.subplots()
    times, recovery = np.asarray(surface["inhibitory_time"]) * 1e3, np.asarray(surface["recovery"])
    values = np.asarray(surface["rebound"])
    levels = np.arange(0.0, values.max() + 0.05, 0.05)
    filled = axes.contourf(times, recovery, values, levels=levels, cmap="cividis")
    lines = axes.contour(
        times, recovery, values, levels=[0.02, 0.1, 0.2, 0.3, 0.4, 0.5], colors="white", linewidths=0.6
    )
    axes.clabel(lines, fontsize=6, fmt="%g")
    axes.set_xscale("log")
    mark_decades(axes.xaxis)
    axes.set(xlabel="inhibitory time constant (ms)", ylabel="strength of slow recovery in E")
    bar = figure.colorbar(filled, ax=axes)
    bar.set_label("rebound / depth of trough", color=BLACK)
    return figure


def draw_spiking_rebound(portrait: Mapping[str, Any]) -> Figure:
    """Draw the rebound of spiking pairs over the decay of inhibition, a line for each recovery, with chance below."""
    figure = sheet(COLUMN_WIDTH, 66)
    axes = figure.subplots()
    decays = np.asarray(portrait["decay"]) * 1e3
    for number, recovery in enumerate(portrait["recovery"]):
        look = changed(number)
        axes.plot(
            decays, portrait["rebound"][number], color=look.colour, marker=look.marker, markersize=4,
            label=f"{1e9 * recovery:g} nS after a spike",
        )  # fmt: skip
        axes.plot(decays, portrait["chance"][number], color=look.colour, linewidth=0.8, linestyle=":")
    axes.set_xscale("log")
    axes.set_xticks(decays, [f"{decay:g}" for decay in decays])
    axes.set_xticks([], minor=True)
    axes.set(xlabel="decay of inhibition (ms)", ylabel="rebound / depth of trough", ylim=(0, None))
    axes.legend(loc="upper left", title="recovery of E")
    return figure
