"""Recordings whose spikes are planted: independent, regular to a degree, or with a common cause."""

import numpy as np
import xarray as xr

DT = 1e-4


def recording(trains: dict[str, list[np.ndarray]], duration: float) -> xr.Dataset:
    """Return a recording of populations whose cells fire at these times (s)."""
    spikes = [(time, k, cell) for k, own in enumerate(trains.values()) for cell, t in enumerate(own) for time in t]
    time, population, cell = (np.array(part) for part in zip(*sorted(spikes), strict=True))
    return xr.Dataset(
        {
            "spike_time": ("spike", time),
            "spike_population": ("spike", population.astype(int)),
            "spike_cell": ("spike", cell.astype(int)),
        },
        coords={"population": list(trains)},
        attrs={"duration": duration, "dt": DT, "bin": 1e-3, "sizes": [len(own) for own in trains.values()]},
    )


def poisson_trains(rng: np.random.Generator, cells: int, rate: float, duration: float) -> list[np.ndarray]:
    """Return independent Poisson spikes at ends of steps."""
    steps = round(duration / DT)
    return [np.sort(rng.choice(steps, rng.poisson(rate * duration), replace=False) + 1) * DT for _ in range(cells)]


def gamma_trains(rng: np.random.Generator, cells: int, rate: float, shape: float, duration: float) -> list[np.ndarray]:
    """Return renewal spikes whose intervals are gamma-distributed: their CV is 1/sqrt(shape)."""
    number = int(2 * rate * duration + 50)
    intervals = rng.gamma(shape, 1 / (shape * rate), (cells, number))
    times = np.cumsum(intervals, axis=1) - rng.uniform(0, 20 / rate, (cells, 1))
    return [row[(row > 0) & (row <= duration)] for row in times]


def common_cause(
    rng: np.random.Generator, cells: int, rate: float, correlation: float, duration: float
) -> list[np.ndarray]:
    """Return spikes copied with this chance from one mother process: any two cells share that part of their counts."""
    (mother,) = poisson_trains(rng, 1, rate / correlation, duration)
    return [mother[rng.random(mother.size) < correlation] for _ in range(cells)]
