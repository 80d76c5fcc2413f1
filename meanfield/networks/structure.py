"""The numbers of a network in matrices: what rates do to means and variances of the free potentials."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .curve_rate import CurveRate
from .parts import NetworkDrive, NetworkPopulation, NetworkProjection
from .rate_models import MemorylessRate, StaticRate, TabulatedRate
from .transfers import Passage, Transfers

Array: TypeAlias = NDArray[Any]
Complex: TypeAlias = NDArray[Any]

_STILL = (StaticRate, MemorylessRate, TabulatedRate, CurveRate)


@dataclass(frozen=True, eq=False)
class Structure:
    """v = rest + weights r, variance = floor + scatter r + (spread of the input over the cells), r = Q(v, variance).

    With a motion of gain 1, or without any, v is the mean free potential; else what the rate follows at rest.

    Parameters
    ----------
    populations, projections, drives : tuple
        Of the network; P populations.
    """

    populations: tuple[NetworkPopulation, ...]
    projections: tuple[NetworkProjection, ...]
    drives: tuple[NetworkDrive, ...]

    @property
    def count(self) -> int:
        """Number of populations P."""
        return len(self.populations)

    @cached_property
    def places(self) -> dict[str, int]:
        """Place of each population."""
        return {population.name: k for k, population in enumerate(self.populations)}

    @cached_property
    def two_moments(self) -> bool:
        """Whether any rate depends on the variance."""
        return any(population.model.uses_variance for population in self.populations)

    @cached_property
    def rising(self) -> bool:
        """Whether no rate falls as its potential rises."""
        return not any(isinstance(population.model, CurveRate) for population in self.populations)

    @cached_property
    def q_max(self) -> Array:
        """Rates that are never passed (P,), Hz."""
        return np.array([population.model.q_max for population in self.populations])

    @cached_property
    def weights(self) -> Array:
        """Steady potential by the rates (P, P): row target, column source, V s."""
        found = np.zeros((self.count, self.count))
        for p in self.projections:
            found[self.places[p.target], self.places[p.source]] += p.count * p.felt_area
        return found

    @cached_property
    def free(self) -> tuple[Array, Array, Array]:
        """Mean free potential without any input (P,) (V), by the rates (P, P) (V s), and by the drives (P, D)."""
        rest = np.array([population.operating_v for population in self.populations], dtype=float)
        by_rates = np.zeros((self.count, self.count))
        by_drives = np.zeros((self.count, len(self.drives)))
        for p in self.projections:
            rest[self.places[p.target]] -= p.kernel.area * p.operating_input
            by_rates[self.places[p.target], self.places[p.source]] += p.count * p.kernel.area
        for k, drive in enumerate(self.drives):
            rest[self.places[drive.target]] -= drive.kernel.area * drive.operating_input
            by_drives[self.places[drive.target], k] = drive.kernel.area
        return rest, by_rates, by_drives

    def potentials(self, rates: ArrayLike) -> Array:
        """Return the mean free potentials (..., P) (V) at steady ``rates`` (..., P) (Hz)."""
        rest, by_rates, by_drives = self.free
        level = np.array([drive.level for drive in self.drives], dtype=float)
        return rest + by_drives @ level + np.asarray(rates, dtype=float) @ by_rates.T

    @cached_property
    def scatter(self) -> Array:
        """Variance of the free potential in time by the rates (P, P), V^2 s."""
        found = np.zeros((self.count, self.count))
        for p in self.projections:
            if self.populations[self.places[p.target]].model.uses_variance:
                found[self.places[p.target], self.places[p.source]] += p.count * p.squared.area
        return found

    @cached_property
    def uneven(self) -> tuple[tuple[int, int, float], ...]:
        """Target, source and (V s)^2, which times r^2 is a variance, of inputs that differ from cell to cell."""
        return tuple(
            (self.places[p.target], self.places[p.source], (p.count_spread * p.count * p.kernel.area) ** 2)
            for p in self.projections
            if p.count_spread > 0 and self.populations[self.places[p.target]].model.uses_variance
        )

    @cached_property
    def undriven(self) -> Array:
        """Potential that the rate follows with all rates of the network and all drives at 0 (P,), V."""
        found = np.array([population.operating_v for population in self.populations], dtype=float)
        for p in self.projections:
            found[self.places[p.target]] -= p.felt_area * p.operating_input
        for drive in self.drives:
            found[self.places[drive.target]] -= drive.felt_area * drive.operating_input
        return found

    @cached_property
    def rest(self) -> Array:
        """Potential that the rate follows with all rates of the network at 0 (P,), V."""
        found = self.undriven.copy()
        for drive in self.drives:
            found[self.places[drive.target]] += drive.felt_area * drive.level
        return found

    @cached_property
    def undriven_floor(self) -> Array:
        """Variance of the free potential with all rates of the network and all drives at 0 (P,), V^2."""
        found = np.array([population.operating_variance for population in self.populations], dtype=float)
        for p in self.projections:
            place = self.places[p.target]
            if self.populations[place].model.uses_variance and p.operating_input > 0:
                per_count = p.operating_input / p.count if p.count else 0.0
                uneven = (p.count_spread * p.count * p.kernel.area * per_count) ** 2
                found[place] -= p.squared.area * p.operating_input + uneven
        for drive in self.drives:
            place = self.places[drive.target]
            if self.populations[place].model.uses_variance and drive.unit == "Hz":
                found[place] -= drive.squared.area * drive.operating_input
        return found

    @cached_property
    def floor(self) -> Array:
        """Variance of the free potential with all rates of the network at 0 (P,), V^2."""
        found = self.undriven_floor.copy()
        for drive in self.drives:
            place = self.places[drive.target]
            if self.populations[place].model.uses_variance and drive.unit == "Hz":
                found[place] += drive.squared.area * drive.level
        return found

    def moments(self, rates: ArrayLike) -> tuple[Array, Array]:
        """Return mean (V) and variance (V^2) that the rates follow (..., P) at steady ``rates`` (..., P) (Hz)."""
        r = np.asarray(rates, dtype=float)
        variance = self.floor + r @ self.scatter.T
        for target, source, strength in self.uneven:
            variance[..., target] += strength * r[..., source] ** 2
        return self.rest + r @ self.weights.T, np.maximum(variance, 0.0)

    def rates(self, v: Array, variance: Array) -> Array:
        """Return the rates (..., P) (Hz) that the populations have at these moments (..., P)."""
        return np.stack(
            [population.model(v[..., k], variance[..., k]) for k, population in enumerate(self.populations)], axis=-1
        )

    def mapped(self, rates: Array) -> Array:
        """Return what rates (..., P) (Hz) do to themselves in one round; steady rates come back unchanged."""
        return self.rates(*self.moments(rates))

    def round_trip(self, rates: Array) -> Array:
        """Return the derivative (..., P, P) of `mapped` at ``rates`` (..., P) (Hz), 1."""
        v, variance = self.moments(rates)
        slopes = [p.model.slopes(v[..., k], variance[..., k]) for k, p in enumerate(self.populations)]
        by_mean, by_variance = (np.stack(part, axis=-1)[..., None] for part in zip(*slopes, strict=True))
        found = by_mean * self.weights
        if self.two_moments:
            scatter = np.broadcast_to(self.scatter, found.shape).copy()
            for target, source, strength in self.uneven:
                scatter[..., target, source] += 2 * strength * np.asarray(rates)[..., source]
            found = found + by_variance * scatter
        return found

    def heard(self, s: ArrayLike) -> tuple[Complex, Complex]:
        """Return the transfer from rates to means (V s) and to variances in time (V^2 s), (..., P, P), at ``s``."""
        points = np.asarray(s, dtype=np.complex128)
        return self._means.matrix(points), self._variances.matrix(points)

    def _passages(self, kernels: str) -> list[Passage]:
        """Return everything that goes from rates to moments, through the kernels of this name of the projections."""
        return [
            Passage(self.places[p.target], self.places[p.source], p.count, getattr(p, kernels), p.delay, None)
            for p in self.projections
            if p.count and (kernels == "kernel" or self.populations[self.places[p.target]].model.uses_variance)
        ]

    @cached_property
    def _means(self) -> Transfers:
        return Transfers(self._passages("kernel"), self.count)

    @cached_property
    def _variances(self) -> Transfers:
        return Transfers(self._passages("squared"), self.count)

    @cached_property
    def _felt(self) -> Transfers:
        moved = zip(self._passages("kernel"), (p for p in self.projections if p.count), strict=True)
        return Transfers([passage._replace(motion=p.motion) for passage, p in moved], self.count)

    def felt(self, s: ArrayLike) -> Complex:
        """Return the transfer from rates to the potentials that the rates follow (V s), (..., P, P), at ``s``."""
        return self._felt.matrix(np.asarray(s, dtype=np.complex128))

    def heard_unevenly(self, s: ArrayLike, rates: Array) -> Complex:
        """Return the transfer from rates to variances over the cells (V^2 s), (..., P, P), about steady ``rates``."""
        points = np.asarray(s, dtype=np.complex128)
        found = np.zeros((*points.shape, self.count, self.count), dtype=np.complex128)
        for p in self.projections:
            target, source = self.places[p.target], self.places[p.source]
            if p.count_spread > 0 and p.count and self.populations[target].model.uses_variance:
                deflection = p.count * p.kernel.area * float(rates[source])
                late = p.count * p.kernel.laplace(points) * p.delay.laplace(points)
                found[..., target, source] += 2 * p.count_spread**2 * deflection * late
        return found

    def open_loop(self, s: ArrayLike, rates: Array, known: tuple[Array, Array] | None = None) -> Complex:
        """Return M(s) (..., P, P), 1: what a motion exp(s t) of rates becomes after one round, about ``rates`` (P,).

        Where rates follow at once, `responses` are the same at every ``s`` and may be given as ``known``, two (P,).
        """
        points = np.asarray(s, dtype=np.complex128)
        by_mean, by_variance = self.responses(points, rates) if known is None else known
        found = by_mean[..., None] * self.felt(points)
        if self.two_moments:
            variances = self._variances.matrix(points) + self.heard_unevenly(points, rates)
            found = found + by_variance[..., None] * variances
        return found

    @cached_property
    def still(self) -> bool:
        """Whether every rate follows its potential at once."""
        return all(isinstance(population.model, _STILL) for population in self.populations)

    def responses(self, s: ArrayLike, rates: Array) -> tuple[Complex, Complex]:
        """Return what mean (Hz/V) and variance (Hz/V^2) do to each rate (..., P) at complex ``s``, about ``rates``."""
        v, variance = self.moments(rates)
        # Populations of equal cells in equal states answer alike, and an answer may be dear.
        known: list[tuple[object, tuple[Complex, Complex]]] = []
        found = []
        for k, population in enumerate(self.populations):
            case = (population.model, float(v[k]), float(variance[k]))
            answer = next((answer for other, answer in known if other == case), None)
            if answer is None:
                answer = population.model.responses(s, case[1], case[2])
                known.append((case, answer))
            found.append(answer)
        by_mean, by_variance = (np.stack(part, axis=-1) for part in zip(*found, strict=True))
        return by_mean, by_variance

    def drive_transfer(
        self, s: ArrayLike, rates: Array, labels: Sequence[str] | None = None
    ) -> tuple[Complex, Complex]:
        """Return what each drive does to means (V/unit) and, without the network, to rates (Hz/unit): (..., P, D)."""
        points = np.asarray(s, dtype=np.complex128)
        chosen = [drive for drive in self.drives if labels is None or drive.label in labels]
        means = np.zeros((*points.shape, self.count, len(chosen)), dtype=np.complex128)
        felt, variances = np.zeros_like(means), np.zeros_like(means)
        for column, drive in enumerate(chosen):
            place = self.places[drive.target]
            means[..., place, column] = drive.kernel.laplace(points)
            felt[..., place, column] = drive.felt(points)
            if drive.unit == "Hz" and self.populations[place].model.uses_variance:
                variances[..., place, column] = drive.squared.laplace(points)
        by_mean, by_variance = self.responses(points, rates)
        return means, by_mean[..., None] * felt + by_variance[..., None] * variances

    @cached_property
    def memory(self) -> float:
        """Longest time after which a spike still matters, s: mean lag, spread and delay of the slowest projection."""
        lags = [
            abs(p.kernel.mean_lag) + np.sqrt(abs(p.kernel.variance)) + p.delay.longest
            for p in self.projections
            if p.count and p.kernel.area
        ]
        lags += [abs(d.kernel.mean_lag) + np.sqrt(abs(d.kernel.variance)) for d in self.drives if d.kernel.area]
        lags += [part.motion.slowest for part in (*self.projections, *self.drives) if part.motion is not None]
        return float(max(lags, default=1e-2))
