"""Branches of steady states of a population with feedback, where the parameter is a function of the potential."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.optimize import brentq, fsolve

from ..dynamics.branch_events import SpecialPoint
from ..dynamics.continuation import Branches
from ..dynamics.system import Variable
from .feedback_loop import FeedbackLoop, turns

if TYPE_CHECKING:
    from .empirical_mass import EmpiricalMass

Array = NDArray[np.float64]

_POINTS = 1201


@dataclass(frozen=True)
class _Curve:
    """Parameter and feedback counts as functions of the potential (V)."""

    mass: "EmpiricalMass"
    channel: str
    by_count: bool

    @property
    def loop(self) -> FeedbackLoop:
        return self.mass.loop

    @property
    def place(self) -> int:
        return self.loop.names.index(self.channel)

    @property
    def parameter(self) -> Variable:
        if self.by_count:
            return Variable(f"{self.channel}.count", "1", f"own cells heard through {self.channel}")
        return Variable(self.channel, "Hz", f"input from outside through {self.channel}")

    def arriving(self, v: Array) -> Array:
        """Return what the channel must carry in all for ``v`` to be steady, Hz."""
        mass, rate = self.mass, self.mass.sigmoid(v)
        others = np.zeros_like(v)
        for name, count in zip(self.loop.names, self.loop.counts, strict=True):
            if name != self.channel:
                heard = mass.external_inputs[name] + count * rate - mass.operating_inputs[name]
                others = others + mass.kernels[name].area * heard
        missing = (v - mass.operating_v - others) / mass.kernels[self.channel].area
        return mass.operating_inputs[self.channel] + missing

    def value(self, v: Array) -> Array:
        """Return the parameter at which ``v`` is steady."""
        rate = self.mass.sigmoid(v)
        if not self.by_count:
            return self.arriving(v) - self.loop.counts[self.place] * rate
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return (self.arriving(v) - self.mass.external_inputs[self.channel]) / rate

    def counts(self, v: Array) -> list[Any]:
        """Return the feedback count of every channel at ``v``."""
        counts: list[Any] = [np.full(v.shape, count) for count in self.loop.counts]
        if self.by_count:
            counts[self.place] = self.value(v)
        return counts

    def open_loop(self, v: float, s: complex) -> complex:
        """Return slope times K at one potential and one ``s`` (1/s)."""
        counts = [float(count) for count in self.counts(np.asarray(v))]
        return complex(float(self.mass.sigmoid.gain(v)) * self.loop.returned(s, counts))

    def bounds(self, low: float, high: float) -> tuple[float, float]:
        """Return potentials between which every steady state over the range lies."""
        q_max = float(self.mass.sigmoid.q_max)
        edges = []
        for end in (low, high):
            inputs = dict(self.mass.external_inputs)
            counts = dict(zip(self.loop.names, self.loop.counts, strict=True))
            (counts if self.by_count else inputs)[self.channel] = end
            areas = {name: kernel.area for name, kernel in self.mass.kernels.items()}
            alone = sum(areas[name] * (inputs[name] - self.mass.operating_inputs[name]) for name in areas)
            echo = [areas[name] * counts[name] * q_max for name in areas]
            edges += [alone + sum(min(e, 0.0) for e in echo), alone + sum(max(e, 0.0) for e in echo)]
        return self.mass.operating_v + min(edges), self.mass.operating_v + max(edges)


def steady_branches(mass: "EmpiricalMass", channel: str, by_count: bool, span: tuple[float, float]) -> Branches:
    """Return the steady states of ``mass`` over a range of one input (Hz) or feedback count.

    Assumptions: for every potential there is exactly one value of the parameter that makes it steady, so that the
    branches are graphs over the potential; folds are where 1 - Q' sum_c count_c area_c changes sign along it, Hopf
    points where Nyquist's count changes by two.
    """
    curve, (low, high) = _Curve(mass, channel, by_count), sorted(span)
    v = np.linspace(*curve.bounds(low, high), 4 * _POINTS)
    values = curve.value(v)
    inside = np.isfinite(values) & (values >= low) & (values <= high)
    branches, folds, hopfs = [], [], []
    for piece in _pieces(v, inside):
        grid = _to_the_edges(curve, piece, low, high)
        unstable = _unstable(curve, grid)
        branches.append(_dataset(curve, grid, unstable))
        folds += _folds(curve, grid)
        hopfs += _hopfs(curve, grid, unstable)
    sorted_folds, sorted_hopfs = (tuple(sorted(points, key=lambda point: point.value)) for points in (folds, hopfs))
    return Branches(curve.parameter, tuple(branches), sorted_folds, sorted_hopfs, ())


def _pieces(v: Array, inside: NDArray[np.bool_]) -> list[Array]:
    """Return the stretches of ``v`` inside the range, each with its neighbours outside."""
    steps = np.diff(np.concatenate([[False], inside, [False]]).astype(int))
    starts, stops = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    return [v[max(a - 1, 0) : min(b + 1, v.size)] for a, b in zip(starts, stops, strict=True)]


def _to_the_edges(curve: _Curve, piece: Array, low: float, high: float) -> Array:
    """Return an even grid over a stretch, cut exactly where the parameter leaves the range."""
    ends = []
    for outer, inner in ((piece[0], piece[1]), (piece[-1], piece[-2])):
        value = float(curve.value(np.asarray(outer)))
        edge = low if value < low else high
        if not np.isfinite(value) or low <= value <= high:
            ends.append(float(inner if not np.isfinite(value) else outer))
            continue
        found: Any = brentq(lambda v, edge=edge: float(curve.value(np.asarray(v))) - edge, outer, inner, xtol=1e-15)
        ends.append(float(found))
    return np.linspace(ends[0], ends[1], _POINTS)


def _unstable(curve: _Curve, v: Array) -> NDArray[np.int64]:
    """Return the number of unstable eigenvalues at every potential."""
    slope = curve.mass.sigmoid.gain(v)
    counts = curve.counts(v)
    largest = [float(np.max(np.abs(count))) for count in counts]
    if not any(largest):
        return np.zeros(v.size, dtype=int)
    steepest = FeedbackLoop(curve.loop.names, curve.loop.kernels, tuple(largest), curve.loop.delays)
    s = 1j * steepest.frequencies(float(slope.max()))
    single = [
        kernel.laplace(s) * np.exp(-s * delay)
        for kernel, delay in zip(curve.loop.kernels, curve.loop.delays, strict=True)
    ]
    return np.array(
        [
            turns(1 - slope[k] * sum(count[k] * part for count, part in zip(counts, single, strict=True)))
            for k in range(v.size)
        ]
    )


def _dataset(curve: _Curve, v: Array, unstable: NDArray[np.int64]) -> xr.Dataset:
    parameter = curve.parameter
    return xr.Dataset(
        {
            parameter.name: (
                "point",
                curve.value(v),
                {"units": parameter.unit, "long_name": parameter.long_name},
            ),
            "v": ("point", v, {"units": "V", "long_name": "mean free potential"}),
            "rate": ("point", curve.mass.sigmoid(v), {"units": "Hz", "long_name": "population rate"}),
            "unstable": ("point", unstable, {"units": "1", "long_name": "number of unstable eigenvalues"}),
        }
    )


def _folds(curve: _Curve, v: Array) -> list[SpecialPoint]:
    def margin(x: float) -> float:
        return 1 - curve.open_loop(x, 0j).real

    margins = np.array([margin(float(x)) for x in v])
    found = []
    for k in np.flatnonzero(margins[:-1] * margins[1:] < 0):
        root: Any = brentq(margin, v[k], v[k + 1], xtol=1e-15)
        found.append(_special(curve, "fold", float(root), 0.0))
    return found


def _hopfs(curve: _Curve, v: Array, unstable: NDArray[np.int64]) -> list[SpecialPoint]:
    found = []
    for k in np.flatnonzero(np.abs(np.diff(unstable)) >= 2):
        omega = np.geomspace(1e-2, 1e3, 4000) / curve.loop.memory
        start_v = float(v[k] + v[k + 1]) / 2
        nearest = omega[np.argmin(np.abs([1 - curve.open_loop(start_v, 1j * w) for w in omega[::8]])) * 8]

        def miss(x: Array) -> tuple[float, float]:
            value = 1 - curve.open_loop(float(x[0]), 1j * float(x[1]))
            return value.real, value.imag

        root, _, done, reason = fsolve(miss, [start_v, nearest], xtol=1e-14, full_output=True)
        if done != 1 and np.max(np.abs(miss(root))) > 1e-9:
            raise ValueError(
                f"EmpiricalMass.continuation: a Hopf point near {start_v:g} V could not be located ({reason})"
            )
        found.append(_special(curve, "hopf", float(root[0]), abs(float(root[1])) / (2 * np.pi)))
    return found


def _special(curve: _Curve, kind: str, v: float, frequency: float) -> SpecialPoint:
    return SpecialPoint(kind, float(curve.value(np.asarray(v))), np.array([v]), frequency)
