"""What a run of a circuit keeps, as a labelled recording."""

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ..circuits import Circuit, CircuitRecord
from .program import Arrays
from .timing import Timing

WRITTEN = {
    "counts.out": "i8", "bin_spikes.out": "i8", "v_free.out": "f8", "v_free_variance.out": "f8", "v.out": "f8",
    "seconds.out": "f8",
}  # fmt: skip


def _variable(dims: tuple[str, ...], values: NDArray[Any], units: str, long_name: str) -> xr.Variable:
    return xr.Variable(dims, values, {"units": units, "long_name": long_name})


def circuit_recording(
    circuit: Circuit, timing: Timing, bin_steps: int, record: CircuitRecord, arrays: Arrays
) -> xr.Dataset:
    """Return rates, potentials, counts and spikes of a run.

    Counts are those of all analysed steps, bins those that are whole; cells beyond a population's size have count -1.
    """
    names, sizes = list(circuit.names), np.array(list(circuit.sizes.values()))
    bins = timing.steps // bin_steps
    shape = (len(names), bins)
    width = bin_steps * timing.dt
    dims = ("population", "time")
    rate = arrays["bin_spikes.out"].reshape(shape) / (sizes[:, None] * width)
    variables = {"rate": _variable(dims, rate, "Hz", "population rate")}
    if record.potentials:
        means = {name: arrays[f"{name}.out"].reshape(shape) / bin_steps for name in _POTENTIALS}
        variables |= {name: _variable(dims, means[name], *words) for name, words in _POTENTIALS.items()}
        variables["v_mean"] = variables.pop("v")
    variables["spike_count"] = _variable(
        ("population", "cell"), _by_population(arrays["counts.out"], sizes), "1", "spikes of the analysed time"
    )
    if record.spikes_of(circuit.names):
        variables |= _spikes(arrays["spikes.out"].reshape(-1, 3), timing.dt)
    coordinates = {
        "population": _variable(("population",), np.array(names), "1", "population"),
        "time": _variable(("time",), (np.arange(bins) + 0.5) * width, "s", "middle of the bin"),
        "size": _variable(("population",), sizes, "1", "number of cells"),
    }
    return xr.Dataset(variables, coordinates)


_POTENTIALS = {
    "v_free": ("V", "mean free potential"),
    "v_free_variance": ("V2", "variance over cells of the free potential"),
    "v": ("V", "mean membrane potential"),
}


def _by_population(counts: NDArray[np.int64], sizes: NDArray[Any]) -> NDArray[np.int64]:
    table = np.full((sizes.size, int(sizes.max())), -1, dtype=np.int64)
    for row, part in zip(table, np.split(counts, np.cumsum(sizes)[:-1]), strict=True):
        row[: part.size] = part
    return table


def _spikes(entries: NDArray[np.int32], dt: float) -> dict[str, xr.Variable]:
    return {
        "spike_time": _variable(("spike",), (entries[:, 0] + 1) * dt, "s", "end of the step of the spike"),
        "spike_population": _variable(("spike",), entries[:, 1], "1", "number of the population"),
        "spike_cell": _variable(("spike",), entries[:, 2], "1", "number of the cell within its population"),
    }
