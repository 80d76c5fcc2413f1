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
    sheet,
)

_COLOURS = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY)
_MARKERS = ("o", "s", "^")
_LEGEND = 6  # entries beyond which a legend goes below
_SIDES = {"estimates": VERMILLION, "moving": PURPLE, "theory": BLUE, "two moments": GREEN}
_WORDS = {
    "estimates": "mean field, still rates", "moving": "mean field, moving rates", "theory": "theory alone",
    "two moments": "theory, two moments",
}  # fmt: skip
_COLUMNS = 4


def colour_of(place: int) -> str:
    """Return the colour of a population by its place."""
    return _COLOURS[place % len(_COLOURS)]


def marker_of(place: int) -> str:
    """Return the marker of a population by its place: another one where the colours begin anew."""
    return _MARKERS[place // len(_COLOURS) % len(_MARKERS)]


def draw_rates(document: Mapping[str, Any]) -> Figure:
    """Draw every steady rate, mean field against network, and what each mean field misses it by."""
    points = document["circuit"]["points"]
    names = [each["name"] for each in document["circuit"]["populations"]]
    states = {p["state"] for p in points}
    figure = sheet(FULL_WIDTH, max(76, 24 + 1.6 * len(names) * len(states)))
    left, right = figure.subplots(1, 2)
    top = 1.08 * max(max(p["measured"], *p["predicted"].values()) for p in points)
    left.plot([0, top], [0, top], color=GREY, linewidth=0.6, zorder=0)
    for place, name in enumerate(names):
        own = [p for p in points if p["population"] == name]
        for side, look in (("theory", {"markerfacecolor": "none"}), ("estimates", {})):
            kept = [p for p in own if side in p["predicted"]]
            x, y = [p["measured"] for p in kept], [p["predicted"][side] for p in kept]
            shape = {"color": colour_of(place), "marker": marker_of(place), "markersize": 3.6, "linestyle": "none"}
            left.plot(x, y, label=name if side == "estimates" else None, **shape, **look)
    left.plot([], [], "o", color=GREY, markersize=3.6, markerfacecolor="none", label="open: theory alone")
    left.set(xlim=(0, top), ylim=(0, top), xlabel="rate of the network (Hz)", ylabel="rate of the mean field (Hz)")
    left.set_title("Steady rates")
    if len(names) > _LEGEND:
        figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=_LEGEND)
    else:
        left.legend(loc="upper left")
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
                look = {"color": colour_of(place), "marker": marker_of(place), "markersize": 3}
                axes.errorbar(miss, row, xerr=reach, elinewidth=0.8, **look)
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
            style: dict[str, Any] = {"linewidth": 1.1} if side in ("estimates", "moving") else DASHED
            axes.plot(time, data[name].values, color=colour, label=_WORDS[side], **style)


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
        axes.plot(own["sigmoid_v"] * 1e3, own["sigmoid_rate"], color=VERMILLION, label="estimated curve")
        at = own.sel(condition="base")
        axes.plot(own["worked_at"] * 1e3, at["network_rate"], "D", color=BLUE, markersize=4, label="in the network")
        axes.set(title=str(name), xlabel=f"{own['potential_is'].item()} (mV)")
    for axes in panels.flat[len(names) :]:
        axes.set_axis_off()
    for axes in panels[:, 0]:
        axes.set_ylabel("rate (Hz)")
    panels[0, 0].legend(loc="upper left")
    return figure


def draw_sweep(dataset: xr.Dataset, document: Mapping[str, Any]) -> Figure:
    """Draw the branch diagram of every population: sweeps of the network on the branches of the mean field."""
    sweep = document["circuit"]["sweep"]
    names = [str(name) for name in dataset["population"].values]
    columns = min(len(names), 2)
    rows = -(-len(names) // columns)
    figure = sheet(FULL_WIDTH, 12 + 66 * rows)
    panels = figure.subplots(rows, columns, squeeze=False)
    for axes, name in zip(panels.flat, names, strict=False):
        for place in range(len(sweep["conditions"])):
            _draw_branches(axes, dataset.sel(population=name), place, colour_of(place))
            _draw_way(axes, dataset.isel(sweep=place).sel(population=name), colour_of(place))
        factors = sweep["factors"]
        axes.set(title=name, xlabel=f"{sweep['parameter']} over its usual rate", xlim=(factors[0], factors[-1]))
        if name == sweep["population"]:
            _draw_critical(axes, sweep)
    for axes in panels.flat[len(names) :]:
        axes.set_axis_off()
    for axes in panels[:, 0]:
        axes.set_ylabel("rate (Hz)")
    _explain_sweep(panels.flat[min(1, len(names) - 1)], sweep)
    return figure


def _draw_branches(axes: Axes, data: xr.Dataset, place: int, colour: str) -> None:
    """Draw the steady states of one condition, in pieces that are stable or not; nothing if there are none."""
    if "branch_sweep" not in data:
        return
    own = data["branch_sweep"].values == place
    number, unstable = data["branch_number"].values[own], data["branch_unstable"].values[own] > 0
    factor, rate = data["branch_factor"].values[own], data["branch_rate"].values[own]
    edges = np.flatnonzero((np.diff(number) != 0) | (np.diff(unstable.astype(int)) != 0)) + 1
    for piece in np.split(np.arange(number.size), edges):
        # One point more on the same branch, so that pieces meet.
        after = piece[-1] + 1
        shown = np.append(piece, after) if after < number.size and number[after] == number[piece[-1]] else piece
        style: dict[str, Any] = (
            {"linewidth": 0.8, "linestyle": (0, (3, 2))} if unstable[piece[0]] else {"linewidth": 1.2}
        )
        axes.plot(factor[shown], rate[shown], color=colour, **style)


def _draw_way(axes: Axes, data: xr.Dataset, colour: str) -> None:
    for direction, marker in (("up", "^"), ("down", "v")):
        own = data.sel(direction=direction)
        axes.errorbar(
            own["factor"], own["sweep_rate"], 2 * own["sweep_rate_error"], color=colour, marker=marker, markersize=2.8,
            markerfacecolor="white" if direction == "down" else colour, markeredgewidth=0.6, linestyle="none",
            elinewidth=0.5,
        )  # fmt: skip


def _draw_critical(axes: Axes, sweep: Mapping[str, Any]) -> None:
    """Mark the critical points in rows below the rates: where the network jumps, and the folds below it."""
    top, rows = axes.get_ylim()[1], 2 * len(sweep["conditions"])
    step = 0.045 * top
    axes.set_ylim(-step * (rows + 0.6), top)
    axes.axhline(0, color=GREY, linewidth=0.5)
    for place, condition in enumerate(sweep["conditions"]):
        for point in condition["points"]:
            for below, (side, marker) in enumerate((("network", "|"), ("fold", "o"))):
                if point[side]:
                    y = -step * (2 * place + below + 0.8)
                    axes.plot(point[side]["interval"], [y, y], color=colour_of(place), linewidth=1.0)
                    look: dict[str, Any] = (
                        {"markersize": 3, "markerfacecolor": "white"} if marker == "o" else {"markersize": 5}
                    )
                    axes.plot([point[side]["value"]], [y], marker, color=colour_of(place), **look)
    axes.set_yticks([tick for tick in axes.get_yticks() if 0 <= tick <= top])


def _explain_sweep(axes: Axes, sweep: Mapping[str, Any]) -> None:
    for place, condition in enumerate(sweep["conditions"]):
        axes.plot([], [], color=colour_of(place), label=condition["name"].replace("_", " "))
    axes.plot([], [], color=BLACK, linewidth=0.8, linestyle=(0, (3, 2)), label="mean field, unstable")
    for marker, face, word in (("^", BLACK, "network, up"), ("v", "white", "network, down")):
        axes.plot([], [], marker, color=BLACK, markerfacecolor=face, markersize=3, label=word)
    axes.legend(loc="upper left")
