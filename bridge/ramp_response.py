"""What a population of bursting cells does along a ramp of current, and whether slow ramps see the steady map.

A ramp is up and down again: the same current is met twice, and what differs is what the cells remember. Groups of cells
are the replicates, each of them is its own error.
"""

from dataclasses import replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ..spiking import CurrentGrid, Population, TimeVaryingInput
from ..spiking.burst_protocols import BURST_WINDOW
from ..spiking.engine import Job, Machine, simulate, simulate_many
from ..spiking.stimuli import Ramp
from .burst_statistics import burst_table

Array = NDArray[np.floating]

FEATURES = {"spike_rate": "Hz", "event_rate": "Hz", "burst_rate": "Hz", "burst_probability": "1"}
BRANCHES = ("up", "down")
WARM_UP = 0.5  # s, before a ramp and before a steady point


def noisy_ramp(
    *,
    somatic: float,
    dendritic: float = 0.0,
    somatic_noise: float = 0.0,
    dendritic_noise: float = 0.0,
    rise: float = 2.0,
    cells: int = 500,
    groups: int = 10,
) -> TimeVaryingInput:
    """Return a ramp of current into both compartments, up and down again, whose noise may grow with it.

    Source: larkum2004 for ramps of a current and its fluctuation.

    Parameters
    ----------
    somatic, dendritic : float
        Current at the top, A; a ramp begins and ends at the currents of the population.
    somatic_noise, dendritic_noise : float
        Growth of the standard deviation of a compartment's noise per current into it, 1; 0 is fixed noise.
    rise : float
        Time from the foot to the top, and from there to the foot, s.
    cells, groups : int
        Cells in all, and groups of them.
    """
    return TimeVaryingInput(
        stimuli=(Ramp(rise=rise, fall=rise),),
        channel="both",
        current_unit=somatic,
        dendrite_unit=dendritic,
        somatic_noise_per_current=somatic_noise,
        dendritic_noise_per_current=dendritic_noise,
        groups=groups,
        cells_per_group=max(cells // groups, 1),
        duration=2 * rise,
        warm_up=WARM_UP,
        sample=rise / 200,
        burst_window=BURST_WINDOW,
    )


def ramp_table(recording: xr.Dataset, bins: int = 10) -> xr.Dataset:
    """Return rates and burst probability in bins of the current, on the way up and on the way down.

    Parameters
    ----------
    recording : Dataset of a ``TimeVaryingInput`` with one `Ramp` that rises as long as it falls
        ``rate``, ``event_rate``, ``burst_rate``, each (stimulus, group, time).
    bins : int
        Bins of each branch.

    Returns
    -------
    Dataset with dimensions ``branch`` ("up", "down") and ``position``
        ``spike_rate``, ``event_rate``, ``burst_rate`` (Hz), ``burst_probability`` (1), each with ``..._se`` over the
        groups; ``..._hysteresis`` (position), down minus up, with its ``..._se``. ``position`` is the height, 0 to 1.

    Raises
    ------
    ValueError
        If bursts were not recorded, or the samples do not fill the bins.
    """
    if "burst_rate" not in recording:
        raise ValueError("ramp_table: no bursts were recorded; give the experiment a burst_window.")
    samples = recording.sizes["time"]
    if samples % (2 * bins):
        raise ValueError(f"ramp_table: {samples} samples do not fill 2 x {bins} bins; choose bins that divide them.")
    counted = {name: recording[name].isel(stimulus=0).values for name in ("rate", "event_rate", "burst_rate")}
    binned = {name: _folded(values, bins) for name, values in counted.items()}
    found = {
        "spike_rate": binned["rate"],
        "event_rate": binned["event_rate"],
        "burst_rate": binned["burst_rate"],
        "burst_probability": _ratio(binned["burst_rate"], binned["event_rate"]),
    }
    variables: dict[str, xr.Variable] = {}
    for name, groups in found.items():
        variables |= _of_branches(name, groups)
    position = (np.arange(bins) + 0.5) / bins
    return xr.Dataset(variables, {"branch": list(BRANCHES), "position": ("position", position, {"units": "1"})})


def _of_branches(name: str, groups: Array) -> dict[str, xr.Variable]:
    """Return the mean of both branches and their difference, with errors; ``groups`` is (group, branch, bin)."""
    words = {"units": FEATURES[name], "long_name": name.replace("_", " ")}
    apart = groups[:, 1] - groups[:, 0]
    both, one = ("branch", "position"), ("position",)
    return {
        name: xr.Variable(both, groups.mean(axis=0), words),
        f"{name}_se": xr.Variable(both, _error(groups), words),
        f"{name}_hysteresis": xr.Variable(one, apart.mean(axis=0), words),
        f"{name}_hysteresis_se": xr.Variable(one, _error(apart), words),
    }


def _error(groups: Array) -> Array:
    return groups.std(axis=0, ddof=1) / np.sqrt(len(groups))


def _folded(values: Array, bins: int) -> Array:
    """Return the mean over each bin of both branches, (group, branch, bin), the way down turned round."""
    groups, samples = values.shape
    up, down = values[:, : samples // 2], values[:, : samples // 2 - 1 : -1]
    return np.stack([branch.reshape(groups, bins, -1).mean(axis=-1) for branch in (up, down)], axis=1)


def _ratio(above: Array, below: Array) -> Array:
    """Return the ratio of two sums over groups, moved for each group by its residual, which average to zero."""
    total = below.sum(axis=0)
    ratio = np.divide(above.sum(axis=0), total, out=np.full(total.shape, np.nan), where=total > 0)
    return ratio + np.divide(
        (above - ratio * below) * len(below), total, out=np.full(above.shape, np.nan), where=total > 0
    )


def steady_points(
    population: Population,
    ramp: TimeVaryingInput,
    positions: Array,
    *,
    seed: int,
    cells: int = 300,
    duration: float = 4.0,
    machine: Machine | None = None,
) -> xr.Dataset:
    """Return what a population does when it is held at points of a ramp, with the noise of these points.

    Parameters
    ----------
    population : Population
    ramp : TimeVaryingInput
        From `noisy_ramp`.
    positions : (n,) array
        Heights between 0 and 1.
    seed, cells, duration, machine
        Of the simulation of each point; ``duration`` in s.

    Returns
    -------
    Dataset with dimension ``position``
        As `burst_table`.
    """
    held = replace(population, current=population.current + ramp.current)
    jobs = [
        Job(
            population=held,
            experiment=CurrentGrid(
                somatic=(float(ramp.current_unit * position),),
                dendritic=(float(ramp.dendrite_unit * position),),
                somatic_noise_per_current=ramp.somatic_noise_per_current,
                dendritic_noise_per_current=ramp.dendritic_noise_per_current,
                cells=cells,
                duration=duration,
                warm_up=WARM_UP,
            ),
            seed=seed + number,
        )
        for number, position in enumerate(positions)
    ]
    tables = [burst_table(one).isel(somatic=0, dendritic=0, drop=True) for one in simulate_many(jobs, machine)]
    found = xr.concat(tables, "position")
    return found.assign_coords(position=("position", np.asarray(positions, dtype=float), {"units": "1"}))


def ramp_and_steady(
    population: Population,
    ramp: TimeVaryingInput,
    *,
    seed: int,
    bins: int = 10,
    cells: int = 300,
    duration: float = 4.0,
    machine: Machine | None = None,
) -> tuple[xr.Dataset, xr.Dataset]:
    """Return the table of a ramp and that of the population held at the middle of each of its bins.

    Assumptions: within a bin the response is nearly straight, so that its mean is that at the middle. See `ramp_table`
    and `steady_points`.
    """
    table = ramp_table(simulate(population, ramp, seed=seed, machine=machine), bins)
    held = steady_points(
        population, ramp, table["position"].values, seed=seed + 1, cells=cells, duration=duration, machine=machine
    )
    return table, held
