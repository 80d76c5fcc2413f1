"""Spikes, events and bursts of layer 5 pyramids over the currents into soma and dendrite, and what closed HCN adds."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..numbers import scale
from .style import BLUE, FULL_WIDTH, VERMILLION, sheet

_SHOWN = {
    "spike_rate": "spikes (Hz)",
    "event_rate": "events (Hz)",
    "burst_probability": "bursts per event",
}
_CHANGE = LinearSegmentedColormap.from_list("change", [VERMILLION, "#ffffff", BLUE])
_LINES = 5


def draw_burst_surface(surface: Mapping[str, Any]) -> Figure:
    """Draw the untouched surfaces in the upper row, and below the change when all HCN channels are closed."""
    somatic, dendritic = (np.asarray(surface[name]) * scale("A") for name in ("somatic", "dendritic"))
    figure = sheet(FULL_WIDTH, 104)
    panels = figure.subplots(2, len(_SHOWN), sharex=True, sharey=True)
    for column, (name, words) in enumerate(_SHOWN.items()):
        open_, closed = (np.asarray(layer, dtype=float) for layer in surface[name])
        change = closed - open_
        largest = float(np.nanmax(np.abs(change)))
        upper = panels[0, column].pcolormesh(somatic, dendritic, open_, cmap="cividis", shading="nearest", vmin=0)
        lower = panels[1, column].pcolormesh(
            somatic, dendritic, change, cmap=_CHANGE, shading="nearest", vmin=-largest, vmax=largest
        )
        _contours(panels[0, column], somatic, dendritic, open_, "white")
        figure.colorbar(upper, ax=panels[0, column]).set_label(words)
        figure.colorbar(lower, ax=panels[1, column]).set_label(f"change of {words}")
    panels[0, 0].set_title("untouched", loc="left")
    panels[1, 0].set_title("all HCN channels closed, minus untouched", loc="left")
    figure.supxlabel("current into the soma (pA)", fontsize=8)
    figure.supylabel("current into the dendrite (pA)", fontsize=8)
    return figure


def _contours(axes: Axes, somatic: np.ndarray, dendritic: np.ndarray, values: np.ndarray, colour: str) -> None:
    levels = np.asarray(MaxNLocator(_LINES, prune="both").tick_values(0.0, float(np.nanmax(values))))
    lines = axes.contour(somatic, dendritic, values, levels=levels[levels > 0], colors=colour, linewidths=0.6)
    axes.clabel(lines, fontsize=6, fmt="%g")
