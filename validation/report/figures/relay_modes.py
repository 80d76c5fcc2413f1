"""Relay cells in burst and in tonic mode: single cells, noisy populations, rebound, the end of the T-type window."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..numbers import scale
from .style import DASHED, FULL_WIDTH, GREY, changed, sheet

_WINDOW = -60.0  # mV, where the T-type window of the ready-made relay cell begins


def draw_relay_modes(portrait: Mapping[str, Any]) -> Figure:
    """Draw both transfers of single cells and of populations, the rebound, and bursts over the resting potential."""
    figure = sheet(FULL_WIDTH, 112)
    panels = figure.subplots(2, 3)
    _transfers(panels[0, 0], portrait)
    _population(panels[0, 1], portrait, "spike_rate", "rate of the population (Hz)")
    _population(panels[0, 2], portrait, "burst_probability", "bursts per event")
    _rebound(panels[1, 0], panels[1, 1], portrait)
    _window(panels[1, 2], portrait)
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels))
    return figure


def _transfers(axes: Axes, portrait: Mapping[str, Any]) -> None:
    steps = np.asarray(portrait["steps"]) * scale("A")
    for number, (mode, spikes) in enumerate(portrait["transfer"].items()):
        look = changed(number)
        axes.plot(steps, spikes, color=look.colour, marker=look.marker, markersize=3, linewidth=0.8, label=mode)
    axes.set(xlabel="step of current (pA)", ylabel="spikes in 0.5 s, one cell", ylim=(0, None))


def _population(axes: Axes, portrait: Mapping[str, Any], name: str, words: str) -> None:
    currents = np.asarray(portrait["currents"]) * scale("A")
    for number, table in enumerate(portrait["population"].values()):
        look = changed(number)
        value, error = (np.asarray(table[key], dtype=float) for key in (name, f"{name}_se"))
        axes.errorbar(currents, value, 2 * error, color=look.colour, marker=look.marker, markersize=3, linewidth=0.8)
    axes.set(xlabel="current into the cells (pA)", ylabel=words, ylim=(0, None))


def _rebound(count: Axes, latency: Axes, portrait: Mapping[str, Any]) -> None:
    holds = np.asarray(portrait["holds"]) * 1e3
    late = [np.nan if one is None else 1e3 * one for one in portrait["latency"]]
    count.plot(holds, portrait["rebound"], color=changed(0).colour, drawstyle="steps-mid")
    latency.plot(holds, late, color=changed(0).colour)
    count.set(ylabel="rebound spikes", ylim=(0, None), yticks=range(1 + max(portrait["rebound"])))
    latency.set(ylabel="latency of the first (ms)", ylim=(0, None))
    for axes in (count, latency):
        axes.set(xlabel="hyperpolarised for (ms)")


def _window(axes: Axes, portrait: Mapping[str, Any]) -> None:
    look = changed(0)
    axes.axvline(_WINDOW, color=GREY, **DASHED)
    rests = np.asarray(portrait["rests"]) * scale("V")
    axes.plot(rests, portrait["bursts"], color=look.colour, marker=look.marker, markersize=3, linewidth=0.8)
    axes.set(xlabel="resting potential (mV)", ylabel="bursts in a step of 90 pA", ylim=(-0.05, 1.15))
