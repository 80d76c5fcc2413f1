"""Recordings with planted spikes, as `simulate_circuit` returns them."""

import numpy as np
import xarray as xr

DT = 1e-4


def recording(trains: dict[str, list[np.ndarray]], duration: float, kept: tuple[str, ...] | None = None) -> xr.Dataset:
    """Return a recording of populations whose cells fire at these times (s); only those of ``kept`` one by one."""
    names = list(trains)
    sizes = [len(own) for own in trains.values()]
    count = np.full((len(names), max(sizes)), -1)
    found = []
    for k, own in enumerate(trains.values()):
        count[k, : len(own)] = [len(times) for times in own]
        if kept is None or names[k] in kept:
            found += [(time, k, cell) for cell, times in enumerate(own) for time in times]
    found.sort()
    time, population, cell = (np.array(part) for part in zip(*found, strict=True)) if found else ([], [], [])
    return xr.Dataset(
        {
            "spike_count": (("population", "cell"), count),
            "spike_time": ("spike", np.asarray(time, dtype=float)),
            "spike_population": ("spike", np.asarray(population, dtype=np.int32)),
            "spike_cell": ("spike", np.asarray(cell, dtype=np.int32)),
        },
        coords={"population": names},
        attrs={
            "circuit": "planted", "seed": 7, "dt": DT, "duration": duration, "warm_up": 0.5, "sizes": sizes,
            "target": "numpy", "precision": "float64",
        },
    )  # fmt: skip


def poisson_trains(rng: np.random.Generator, cells: int, rate: float, duration: float) -> list[np.ndarray]:
    """Return independent Poisson spikes at ends of steps."""
    steps = round(duration / DT)
    return [np.sort(rng.choice(steps, rng.poisson(rate * duration), replace=False) + 1) * DT for _ in range(cells)]
