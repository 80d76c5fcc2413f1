"""One run of a population: its input as series, its state on voltage cells, and what is seen of it as a dataset."""

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from ..arrays import require_finite
from .density_state import LAST_MASSES, LAST_REFRACTORY, DensityState
from .finite_volume import VoltageCells
from .refractory_line import RefractoryLine
from .time_stepping import march

if TYPE_CHECKING:
    from .fokker_planck import FokkerPlanck

Array = NDArray[np.floating]


def input_series(mu: ArrayLike, sigma: ArrayLike, dt: float, duration: float | None = None) -> tuple[Array, Array]:
    """Return both inputs (V) as series of one length, one value a time step of ``dt`` (s).

    Raises
    ------
    ValueError
        If lengths differ, or neither input is a series and no duration (s) is given.
    """
    if not 0 < dt < np.inf:
        raise ValueError(f"simulate: dt = {dt} s must be above 0 s and finite; give the time step.")
    if duration is not None:
        require_finite("simulate", duration=duration)
    length = () if duration is None else (round(duration / dt),)
    try:
        shape = np.broadcast_shapes(np.shape(mu), np.shape(sigma), length)
    except ValueError as mismatch:
        raise ValueError(
            f"simulate: mu of shape {np.shape(mu)}, sigma of shape {np.shape(sigma)} and a duration of "
            f"{duration} s do not fit; give series of one length."
        ) from mismatch
    if len(shape) != 1 or shape[0] == 0:
        raise ValueError(f"simulate: input of shape {shape} is not one value a time step; give a series or a duration.")
    means, noise = (np.array(np.broadcast_to(values, shape), dtype=float) for values in (mu, sigma))
    if not np.all(np.isfinite(means) & np.isfinite(noise)):
        raise ValueError("simulate: mu or sigma holds values that are not finite; give numbers in V.")
    return means, noise


def run_population(
    population: "FokkerPlanck",
    mu: Array,
    sigma: Array,
    dt: float,
    initial: DensityState | None,
    order: int,
    snapshots: ArrayLike | None,
) -> xr.Dataset:
    """Return the course of a population; parameters as in `FokkerPlanck.simulate`, with both inputs as series."""
    if order not in (1, 2):
        raise ValueError(f"simulate: order = {order} is neither 1 (backward Euler) nor 2 (two stages); choose one.")
    state = population.stationary(float(mu[0]), float(sigma[0])) if initial is None else initial
    cells = _common_cells(population.cells(mu, sigma), state)
    line, kept = RefractoryLine(population.tau_ref, dt), _kept_steps(snapshots, dt, mu.size)
    masses, emitted = state.padded(cells.below), np.append(0.0, line.filled(state.refractory)[::-1])
    rate, seen, densities = march(
        mu, sigma, population.flux_pulls(cells), cells.width, population.tau_m, cells.below, dt, order == 2,
        line.lag, line.fraction, masses, emitted, kept,
    )  # fmt: skip
    newest = (mu.size - 1 - np.arange(line.lag + 1)) % emitted.size
    time = dt * np.arange(1, mu.size + 1)
    run = _described(cells, time, rate, seen, masses, line.by_age(emitted[newest]))
    return run if snapshots is None else _with_snapshots(run, cells, time[kept], densities)


def _common_cells(needed: VoltageCells, state: DensityState) -> VoltageCells:
    state.check_fits(needed)
    return VoltageCells(needed.v_reset, needed.v_spike, needed.above, max(needed.below, state.cells.below))


def _kept_steps(snapshots: ArrayLike | None, dt: float, steps: int) -> NDArray[np.int64]:
    times = np.zeros(0) if snapshots is None else np.atleast_1d(np.asarray(snapshots, dtype=float))
    require_finite("simulate", snapshots=times)
    kept = np.unique(np.round(times / dt).astype(np.int64) - 1)
    if kept.size and not (kept[0] >= 0 and kept[-1] < steps):
        raise ValueError(
            f"simulate: snapshots = {snapshots} s reach outside the run, {dt:g} to {steps * dt:g} s; choose others."
        )
    return kept


def _described(
    cells: VoltageCells, time: Array, rate: Array, seen: Array, masses: Array, refractory: Array
) -> xr.Dataset:
    mean_v = cells.v_reset + cells.width * seen[0]
    return xr.Dataset(
        {
            "rate": ("time", rate[0], {"units": "Hz", "long_name": "population rate"}),
            "mean_rate": ("time", rate[1], {"units": "Hz", "long_name": "population rate averaged over the step"}),
            "mean_v": ("time", mean_v, {"units": "V", "long_name": "mean membrane potential"}),
            "refractory": ("time", seen[1], {"units": "1", "long_name": "share of refractory cells"}),
            "probability": ("time", seen[2], {"units": "1", "long_name": "all probability"}),
            LAST_MASSES: ("v", masses, {"units": "1", "long_name": "probability in each voltage cell at the end"}),
            LAST_REFRACTORY: ("age", refractory, {"units": "1", "long_name": "refractory cells by age at the end"}),
        },
        coords={
            "time": ("time", time, {"units": "s", "long_name": "time"}),
            "v": ("v", cells.centres, {"units": "V", "long_name": "membrane potential"}),
        },
        attrs={
            "v_reset": cells.v_reset,
            "v_spike": cells.v_spike,
            "cells_above": cells.above,
            "cells_below": cells.below,
        },
    )


def _with_snapshots(run: xr.Dataset, cells: VoltageCells, time: Array, masses: Array) -> xr.Dataset:
    label = {"units": "1/V", "long_name": "density of the membrane potential"}
    return run.assign(density=(("snapshot", "v"), masses / cells.width, label)).assign_coords(
        snapshot=("snapshot", time, {"units": "s", "long_name": "time of the snapshot"})
    )
