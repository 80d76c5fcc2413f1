"""Held-out dynamics: the spiking population and its mass model under stimuli that neither was fitted on."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ..missing import has
from ..numbers import scale, usual_unit
from .style import BLACK, FULL_WIDTH, GREY, VERMILLION, sheet

MASS = "mass"
_COLUMNS = 3
_SAMPLES = 220  # drawn per trace: what a panel of 50 mm can show


def drawn_interval(dataset: xr.Dataset) -> float:
    """Return the time (s) over which the drawn traces are averaged."""
    time = dataset["time"].values
    return float(time[1] - time[0]) * _width(time.size)


def _width(samples: int) -> int:
    return max(1, samples // _SAMPLES)


def _averaged(values: np.ndarray) -> np.ndarray:
    width = _width(values.size)
    return values[: values.size // width * width].reshape(-1, width).mean(axis=1)


def _draw_rate(axes: Axes, time: np.ndarray, data: xr.Dataset) -> None:
    rate = _averaged(data["spiking_rate"].values)
    # Spikes of different moments are nearly independent, so an average over samples has their error over sqrt(samples).
    error = np.sqrt(_averaged(data["spiking_rate_se"].values ** 2) / _width(data.sizes["time"]))
    axes.fill_between(time, np.maximum(rate - 1.96 * error, 0), rate + 1.96 * error, color="#c4c4c4", linewidth=0)
    axes.plot(time, rate, color=BLACK, linewidth=0.6)


def _draw_mass(axes: Axes, time: np.ndarray, data: xr.Dataset, name: str, factor: float) -> None:
    if has(data, name, model=MASS):
        axes.plot(
            time, factor * _averaged(data[name].sel(model=MASS).values), color=VERMILLION, linewidth=1.0, zorder=3
        )


def _draw_stimulus(
    figure: Figure, cells: Sequence[SubplotSpec], dataset: xr.Dataset, stimulus: str, *, first: bool
) -> None:
    top, middle, bottom = (figure.add_subplot(cell) for cell in cells)
    data = dataset.sel(stimulus=stimulus)
    time = _averaged(dataset["time"].values) * scale("s")
    unit = dataset["stimulus_input"].attrs.get("units", "Hz")
    top.plot(
        dataset["time"].values * scale("s"), data["stimulus_input"].values * scale(unit), color=GREY, linewidth=0.8
    )
    _draw_rate(middle, time, data)
    _draw_mass(middle, time, data, "mass_rate", 1.0)
    if has(data, "spiking_v_free"):
        potential = _averaged(data["spiking_v_free"].values) * scale("V")
        bottom.plot(time, potential, color="#9a9a9a", linewidth=2.4)
    _draw_mass(bottom, time, data, "mass_v", scale("V"))
    bottom.set_xlim(0, float(dataset["time"][-1] + dataset["time"][1] - dataset["time"][0]) * scale("s"))
    _finish(top, middle, bottom, first, usual_unit(unit))
    top.set_title(stimulus)


def _finish(top: Axes, middle: Axes, bottom: Axes, first: bool, unit: str) -> None:
    for axes in (top, middle):
        axes.sharex(bottom)
        axes.tick_params(labelbottom=False)
    for axes, bins in ((top, 2), (middle, 4), (bottom, 3)):
        axes.locator_params(axis="y", nbins=bins)
    middle.set_ylim(0, None)
    bottom.set_xlabel("time (ms)")
    if first:
        for axes, words in (
            (top, f"input\n({unit})"),
            (middle, "population\nrate (Hz)"),
            (bottom, "mean free\npot. (mV)"),
        ):
            axes.set_ylabel(words)


def draw_dynamics(dataset: xr.Dataset) -> Figure:
    """Draw, per stimulus: the input, the two population rates with the finite-size band, the two mean potentials."""
    stimuli = [str(name) for name in dataset["stimulus"].values]
    columns = min(_COLUMNS, len(stimuli))
    rows = -(-len(stimuli) // columns)
    figure = sheet(FULL_WIDTH, 8 + 58 * rows)
    grid = figure.add_gridspec(3 * rows, columns, height_ratios=(0.55, 1.7, 1.0) * rows, hspace=0.02)
    for index, stimulus in enumerate(stimuli):
        row, column = divmod(index, columns)
        cells = [grid[3 * row + strip, column] for strip in range(3)]
        _draw_stimulus(figure, cells, dataset, stimulus, first=column == 0)
    handles = [
        Line2D([], [], color=BLACK, linewidth=0.8, label="spiking population"),
        Patch(color="#c4c4c4", label="finite-size band (95 %)"),
        Line2D([], [], color=VERMILLION, linewidth=1.0, label="mass model"),
    ]
    figure.legend(handles=handles, loc="outside upper left", ncols=3)
    figure.align_ylabels()
    return figure
