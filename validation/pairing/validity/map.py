"""The validity map: over which rates, in-degrees, synaptic times and synchronies a mean field meets its network.

The map was made by `mesobridge.validation.pairing.validity.grid`; ``validity_map.csv`` holds a row for every network,
and ``validity_map.toml`` says what its columns mean.
"""

import csv
import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

_FILE = Path(__file__).with_name("validity_map.csv")
_COLUMNS = Path(__file__).with_name("validity_map.toml")
BANDS = (0.05, 0.15, 0.50)
WARNED = BANDS[1]
_CLEAR = 2.0  # standard errors above which a difference is one
_NEIGHBOURS = 6
_QUIET = 0.1  # synchrony below which one network is as asynchronous as another
_SWING = 2.0  # by which a decade of synchrony counts more than one of the others
_OUTSIDE = 0.15  # decades beyond the ends of the grid
_AXES = ("rate", "in-degree", "synaptic time constant", "synchrony")


@dataclass(frozen=True, kw_only=True)
class MapPoint:
    """One network of the map; ``validity_map.toml`` says what each field is. What could not be had is NaN."""

    target_rate: float
    in_degree: float
    decay: float
    strength: float
    background: float = math.nan
    rate: float = math.nan
    synchrony: float = math.nan
    theory_error: float = math.nan
    theory_noise: float = math.nan
    estimates_error: float = math.nan
    estimates_noise: float = math.nan
    theory_power: float = math.nan
    estimates_power: float = math.nan
    power_noise: float = math.nan
    predicted_synchrony: float = math.nan
    mode_decay: float = math.nan
    mode_frequency: float = math.nan
    reason: str = ""

    @property
    def regime(self) -> tuple[float, float, float, float]:
        """What was asked for: rate (Hz), in-degree, decay (s) and strength."""
        return self.target_rate, self.in_degree, self.decay, self.strength

    def bound(self, side: str = "estimates") -> float:
        """Return the size of the relative error of a rate or, where it is within noise, what noise could hide."""
        error, noise = abs(getattr(self, f"{side}_error")), getattr(self, f"{side}_noise")
        return _CLEAR * noise if error <= _CLEAR * noise else error

    def clear(self, side: str = "estimates") -> bool:
        """Tell whether the error is larger than noise makes it."""
        return abs(getattr(self, f"{side}_error")) > _CLEAR * getattr(self, f"{side}_noise")

    def band(self, side: str = "estimates") -> float | None:
        """Return the smallest of 5, 15 and 50 percent that holds the error; None beyond, or without a mean field."""
        return band_of(self.bound(side))


def band_of(error: float) -> float | None:
    """Return the smallest of 5, 15 and 50 percent that holds an error, None beyond."""
    return next((band for band in BANDS if error <= band), None)


@cache
def validity_map() -> tuple[MapPoint, ...]:
    """Return the points of the map."""
    return read_points()


def read_points(path: Path = _FILE) -> tuple[MapPoint, ...]:
    """Return the points of a file; none if there is no such file."""
    if not path.is_file():
        return ()
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return tuple(_point(row) for row in rows)


def _point(row: dict[str, str]) -> MapPoint:
    values: dict[str, Any] = {name: text if name == "reason" else float(text or "nan") for name, text in row.items()}
    return MapPoint(**values)


def write_points(points: Sequence[MapPoint], path: Path = _FILE) -> None:
    """Write points into a file, in the order of their regimes; what is missing is left empty."""
    names = [item.name for item in fields(MapPoint)]
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(names)
        for point in sorted(points, key=lambda p: (p.strength, p.decay, p.in_degree, p.target_rate)):
            table.writerow([_written(getattr(point, name)) for name in names])


def _written(value: float | str) -> str:
    if isinstance(value, str):
        return value
    return "" if math.isnan(value) else f"{value:.4g}"


def validity_dataset() -> xr.Dataset:
    """Return the map as a dataset with one entry a network; every variable carries its unit and what it is."""
    meaning: dict[str, Any] = tomllib.loads(_COLUMNS.read_text(encoding="utf-8"))
    points = validity_map()
    return xr.Dataset(
        {
            name: ("point", [getattr(p, name) for p in points], {"units": unit, "long_name": text})
            for name, (unit, text) in meaning["columns"].items()
        },
        attrs={"cells": meaning["cells"], "duration": meaning["duration"]},
    )


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a population lies on the map.

    ``nearest`` are the nearest networks, ``distance`` how far the first is (decades); ``expected`` and
    ``expected_theory`` are the relative errors of a rate that they let expect of a mean field from estimates, and of
    theory alone; ``warning`` is a sentence, or empty.
    """

    nearest: tuple[MapPoint, ...]
    distance: float
    expected: float
    expected_theory: float
    warning: str


def placed(
    rate: float,
    in_degree: float,
    decay: float,
    synchrony: float | None = None,
    points: Sequence[MapPoint] | None = None,
) -> Place:
    """Return where a population lies on the map, with a warning outside it or where errors beyond 15 % are expected.

    Distances are those of the logarithms, twice that of synchrony, which below 0.1 counts as 0.1. The expected error is
    the mean of the six nearest networks, weighted by one over the square of their distance (and 0.05 decades).

    Parameters
    ----------
    rate : float
        Hz.
    in_degree : float
        Excitatory inputs of a cell from within the circuit.
    decay : float
        Of excitation, s.
    synchrony : float, optional
        Standard deviation of the population's rate in bins of 5 ms over its mean, less chance; measured or predicted.
    points : sequence of MapPoint, optional
        The map of the package unless given.
    """
    known = [p for p in (validity_map() if points is None else points) if math.isfinite(p.rate)]
    own = _coordinates(rate, in_degree, decay, 0.0 if synchrony is None else synchrony)
    grid = np.array([_coordinates(p.rate, p.in_degree, p.decay, p.synchrony) for p in known])
    used = slice(0, 3 if synchrony is None else 4)
    scale = np.array([1.0, 1.0, 1.0, _SWING])
    away = np.sqrt(np.sum(((grid - own) * scale)[:, used] ** 2, axis=1))
    order = np.argsort(away, kind="stable")[:_NEIGHBOURS]
    near = tuple(known[k] for k in order)
    expected, theory = (_expected(near, away[order], side) for side in ("estimates", "theory"))
    outside = np.maximum(grid.min(axis=0) - own, own - grid.max(axis=0))[used]
    return Place(
        nearest=near, distance=float(away[order[0]]), expected=expected, expected_theory=theory,
        warning=_outside(outside) or _missed(near[0], expected),
    )  # fmt: skip


def _coordinates(rate: float, in_degree: float, decay: float, synchrony: float) -> NDArray[np.float64]:
    return np.log10([max(rate, 1e-2), max(in_degree, 1.0), max(decay, 1e-5), max(synchrony, _QUIET)])


def _expected(near: Sequence[MapPoint], away: NDArray[np.float64], side: str) -> float:
    """Return the weighted mean of the errors; those without a mean field count for nothing here."""
    found = [(p.bound(side), 1 / (d + 0.05) ** 2) for p, d in zip(near, away, strict=True)]
    kept = [(error, weight) for error, weight in found if math.isfinite(error)]
    if not kept:
        return math.nan
    errors, weights = zip(*kept, strict=True)
    return float(np.average(errors, weights=weights))


def _outside(outside: NDArray[np.float64]) -> str:
    axis = int(np.argmax(outside))
    if outside[axis] <= _OUTSIDE:
        return ""
    return f"The {_AXES[axis]} lies outside the validity map by a factor of {10 ** outside[axis]:.1f}."


def _missed(nearest: MapPoint, expected: float) -> str:
    where = f"{nearest.rate:.3g} Hz, {nearest.in_degree:g} inputs, {nearest.decay * 1e3:g} ms"
    if nearest.reason and math.isnan(nearest.estimates_error):
        return f"At the nearest network of the validity map ({where}) there is no mean field: {nearest.reason}"
    if not expected > WARNED:
        return ""
    return (
        f"Around here the mean field misses a rate by {100 * expected:.0f} % on the validity map (nearest network: "
        f"{where}, synchrony {nearest.synchrony:.2g}, missed by {100 * nearest.bound():.0f} %)."
    )
