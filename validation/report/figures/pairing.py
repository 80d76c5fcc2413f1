"""A spiking network beside its mean field: rates, transients, spectra, modulations, spikes."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .style import (
    BLACK,
    BLUE,
    DASHED,
    FULL_WIDTH,
    GREEN,
    GREY,
    ORANGE,
    PALE,
    PURPLE,
    SKY,
    VERMILLION,
    mark_decades,
    sheet,
)

_COLOURS = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY)
_SIDES = {"estimates": VERMILLION, "theory": BLUE, "two moments": GREEN}
_WORDS = {"estimates": "mean field (estimates)", "theory": "theory alone", "two moments": "theory, two moments"}
_COLUMNS = 4


def colour_of(place: int) -> str:
    """Return the colour of a population by its place."""
    return _COLOURS[place % len(_COLOURS)]


def draw_rates(document: Mapping[str, Any]) -> Figure:
    """Draw every steady rate, mean field against network, and what each mean field misses it by."""
    points = document["circuit"]["points"]
    names = [each["name"] for each in document["circuit"]["populations"]]
    figure = sheet(FULL_WIDTH, 76)
    left, right = figure.subplots(1, 2)
    top = 1.08 * max(max(p["measured"], *p["predicted"].values()) for p in points)
    left.plot([0, top], [0, top], color=GREY, linewidth=0.6, zorder=0)
    for place, name in enumerate(names):
        own = [p for p in points if p["population"] == name]
        colour = colour_of(place)
        for side, look in (("theory", {"markerfacecolor": "none"}), ("estimates", {})):
            kept = [p for p in own if side in p["predicted"]]
            label = f"{name}, {'estimates' if side == 'estimates' else 'theory alone'}"
            x, y = [p["measured"] for p in kept], [p["predicted"][side] for p in kept]
            left.plot(x, y, "o", color=colour, markersize=3.6, linestyle="none", label=label, **look)
    left.set(xlim=(0, top), ylim=(0, top), xlabel="rate of the network (Hz)", ylabel="rate of the mean field (Hz)")
    left.set_title("Steady rates")
    left.legend(loc="upper left", ncols=1 + (len(names) > 3))
    _draw_misses(right, points, names)
    return figure


def _draw_misses(axes: Axes, points: list[dict[str, Any]], names: list[str]) -> None:
    states = list(dict.fromkeys(p["state"] for p in points))
    axes.axvline(0, color=GREY, linewidth=0.6)
    for place, name in enumerate(names):
        shift = (place - (len(names) - 1) / 2) * 0.7 / max(len(names), 1)
        for point in (p for p in points if p["population"] == name):
            if "estimates" in point["predicted"]:
                miss = point["predicted"]["estimates"] - point["measured"]
                reach = 1.96 * point["measured_error"]
                row = states.index(point["state"]) + shift
                axes.errorbar(miss, row, xerr=reach, color=colour_of(place), marker="o", markersize=3, elinewidth=0.8)
    axes.set_yticks(range(len(states)), [s.replace("_", " ") for s in states])
    axes.invert_yaxis()
    axes.set_xlabel("mean field minus network (Hz)")
    axes.set_title("Errors of the mean field")


def draw_transients(dataset: xr.Dataset) -> Figure:
    """Draw the mean course under every stimulus with two standard errors, and the mean fields on top."""
    stimuli, names = dataset["stimulus"].values, dataset["population"].values
    figure = sheet(FULL_WIDTH, 10 + 46 * len(stimuli))
    panels = figure.subplots(len(stimuli), min(len(names), _COLUMNS), squeeze=False, sharex=True)
    time = dataset["transient_time"].values * 1e3
    for row, stimulus in zip(panels, stimuli, strict=True):
        shown = _most_moved(dataset.sel(stimulus=stimulus), names)
        for axes, name in zip(row, shown, strict=False):
            _draw_course(axes, dataset.sel(stimulus=stimulus, population=name), time)
            axes.set_title(f"{stimulus}: {name}")
    for axes in panels[-1]:
        axes.set_xlabel("time (ms)")
    for axes in panels[:, 0]:
        axes.set_ylabel("rate (Hz)")
    panels[0, 0].legend(loc="best")
    return figure


def _most_moved(data: xr.Dataset, names: Any) -> list[str]:
    """Return the populations that move most, as many as there are columns, in their own order."""
    swing = np.ptp(data["transient_estimates"].transpose("population", "transient_time").values, axis=1)
    chosen = set(np.argsort(-swing)[:_COLUMNS].tolist())
    return [str(name) for k, name in enumerate(names) if k in chosen]


def _draw_course(axes: Axes, data: xr.Dataset, time: Any) -> None:
    mean, error = data["transient"].values, data["transient_error"].values
    axes.fill_between(time, mean - 2 * error, mean + 2 * error, color=PALE, linewidth=0)
    axes.plot(time, mean, color=BLACK, linewidth=0.6, label="network")
    for side, colour in _SIDES.items():
        name = f"transient_{side.replace(' ', '_')}"
        if name in data:
            style: dict[str, Any] = {"linewidth": 1.1} if side == "estimates" else DASHED
            axes.plot(time, data[name].values, color=colour, label=_WORDS[side], **style)


def draw_spectra(dataset: xr.Dataset) -> Figure:
    """Draw the spectrum of every population rate with its band, and the linear response of the mean fields."""
    names = dataset["population"].values
    columns = min(len(names), _COLUMNS)
    rows = -(-len(names) // columns)
    figure = sheet(FULL_WIDTH, 8 + 54 * rows)
    panels = figure.subplots(rows, columns, squeeze=False)
    frequency = dataset["frequency"].values
    for axes, name in zip(panels.flat, names, strict=False):
        own = dataset.sel(population=name)
        axes.fill_between(
            frequency,
            own["spectrum_low"],
            own["spectrum_high"],
            color="#cfcfcf",
            linewidth=0,
            label="network, 95 % band",
        )
        for side, colour, word in (
            ("estimates", VERMILLION, "mean field (estimates)"), ("theory", BLUE, "theory alone"),
            ("leaky", GREEN, "theory, leaky rates"),
        ):  # fmt: skip
            if f"spectrum_{side}" in own:
                style: dict[str, Any] = {"linewidth": 1.1} if side == "estimates" else DASHED
                axes.plot(frequency, own[f"spectrum_{side}"], color=colour, label=word, **style)
        axes.set(xscale="log", yscale="log", title=str(name), xlabel="frequency (Hz)")
        axes.set_xlim(frequency[0], frequency[-1])
        mark_decades(axes.xaxis)
    for axes in panels.flat[len(names) :]:
        axes.set_axis_off()
    for axes in panels[:, 0]:
        axes.set_ylabel("spectrum of the rate (Hz²/Hz)")
    panels[0, 0].legend(loc="best")
    return figure


def draw_modulations(document: Mapping[str, Any]) -> Figure:
    """Draw from where to where each modulation moves the rates: network and mean field as arrows."""
    circuit = document["circuit"]
    base, changed = circuit["conditions"][0], circuit["conditions"][1:]
    names = [each["name"] for each in circuit["populations"]]
    figure = sheet(FULL_WIDTH, 16 + 5.5 * len(names) * len(changed) + 8 * len(changed))
    axes = figure.subplots()
    row, ticks, labels = 0.0, [], []
    for condition in changed:
        for name in names:
            ticks.append(row)
            labels.append(f"{name}: {condition['name']}".replace("_", " "))
            for offset, side, colour in ((-0.17, "network", BLACK), (0.17, "mean_field", VERMILLION)):
                start, end = (part["rates"][name][side] for part in (base, condition))
                arrow = {"arrowstyle": "-|>", "color": colour, "linewidth": 1.3, "shrinkA": 0, "shrinkB": 0}
                axes.annotate("", (end, row + offset), (start, row + offset), arrowprops=arrow)
                axes.plot([start], [row + offset], "o", color=colour, markersize=2.6)
                reach = 1.96 * condition["rates"][name][f"{side}_error"]
                axes.plot([end - reach, end + reach], [row + offset] * 2, color=colour, linewidth=0.5)
            row += 1
        row += 0.4
    axes.set_yticks(ticks, labels)
    axes.set_ylim(row - 0.7, -0.7)
    every = [c["rates"][n][s] for c in circuit["conditions"] for n in names for s in ("network", "mean_field")]
    margin = 0.06 * (max(every) - min(every) + 1)
    axes.set_xlim(min(every) - margin, max(every) + margin)
    axes.set_xlabel("rate (Hz)")
    for colour, word in ((BLACK, "network"), (VERMILLION, "mean field")):
        axes.plot([], [], "o-", color=colour, markersize=2.6, label=word)
    axes.legend(loc="best")
    return figure


def draw_raster(dataset: xr.Dataset) -> Figure:
    """Draw a second of spikes, some cells of every population."""
    names = dataset["population"].values
    figure = sheet(FULL_WIDTH, 30 + 9 * len(names))
    axes = figure.subplots()
    most = int(dataset["raster_cell"].max()) + 1 if dataset.sizes["spike"] else 1
    ticks = []
    for place in range(len(names)):
        own = dataset["raster_population"].values == place
        x, y = dataset["raster_time"].values[own] * 1e3, dataset["raster_cell"].values[own] + place * most * 1.08
        axes.plot(x, y, "|", color=colour_of(place), markersize=2.2, markeredgewidth=0.6)
        ticks.append((place * 1.08 + 0.5) * most)
    axes.set_yticks(ticks, [str(name) for name in names])
    axes.set(xlabel="time (ms)", xlim=(0, 1000), ylim=(-1, len(names) * most * 1.08))
    return figure


def draw_open_loops(dataset: xr.Dataset) -> Figure:
    """Draw what was measured of each population alone, and where it worked in the network."""
    names = dataset["population"].values
    columns = min(len(names), _COLUMNS)
    rows = -(-len(names) // columns)
    figure = sheet(FULL_WIDTH, 8 + 46 * rows)
    panels = figure.subplots(rows, columns, squeeze=False)
    for axes, name in zip(panels.flat, names, strict=False):
        own = dataset.sel(population=name)
        v, rate, error = (own[k].values for k in ("open_loop_v", "open_loop_rate", "open_loop_rate_error"))
        axes.errorbar(v * 1e3, rate, 2 * error, fmt="o", color=BLACK, markersize=2.4, elinewidth=0.6, label="alone")
        axes.plot(own["sigmoid_v"] * 1e3, own["sigmoid_rate"], color=VERMILLION, label="estimated sigmoid")
        at = own.sel(condition="base")
        axes.plot(at["network_v_free"] * 1e3, at["network_rate"], "D", color=BLUE, markersize=4, label="in the network")
        axes.set(title=str(name), xlabel="mean free potential (mV)")
    for axes in panels.flat[len(names) :]:
        axes.set_axis_off()
    for axes in panels[:, 0]:
        axes.set_ylabel("rate (Hz)")
    panels[0, 0].legend(loc="upper left")
    return figure


def draw_sweep(dataset: xr.Dataset, document: Mapping[str, Any]) -> Figure:
    """Draw the rates on the way up and down of the background that was swept."""
    names = dataset["population"].values
    columns = min(len(names), _COLUMNS)
    rows = -(-len(names) // columns)
    figure = sheet(FULL_WIDTH, 8 + 50 * rows)
    panels = figure.subplots(rows, columns, squeeze=False)
    for axes, name in zip(panels.flat, names, strict=False):
        for direction, marker in (("up", "^"), ("down", "v")):
            own = dataset.sel(population=name, direction=direction)
            axes.plot(own["factor"], own["sweep_mean_field"], color=VERMILLION, label=f"mean field, {direction}",
                      **(DASHED if direction == "down" else {}))  # fmt: skip
            axes.errorbar(
                own["factor"], own["sweep_rate"], 2 * own["sweep_rate_error"], color=BLACK, marker=marker,
                markersize=3.2, linestyle="none", elinewidth=0.6, label=f"network, {direction}",
            )  # fmt: skip
        axes.set(title=str(name), xlabel=f"{document['circuit']['sweep']['parameter']} (of its usual rate)")
    for axes in panels.flat[len(names) :]:
        axes.set_axis_off()
    for axes in panels[:, 0]:
        axes.set_ylabel("rate (Hz)")
    panels[0, 0].legend(loc="upper left")
    return figure
