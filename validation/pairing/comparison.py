"""A spiking circuit beside its mean field: every score of a pairing from recordings and one population network."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.integrate import trapezoid

from ...meanfield.models.population_network import PopulationNetwork
from .score import CurveScore, Score, course_score, mean_score
from .signals.voltage import predicted_voltage
from .spectra import cross_score, multitaper_spectrum, spectrum_score

Array: TypeAlias = NDArray[Any]

_PIECES = 20


@dataclass(frozen=True)
class Comparison:
    """All scores of a pairing, with the network they judge.

    ``numbers`` are single numbers (fixed points, jumps, modes), ``curves`` transients, spectra and cross spectra.
    """

    numbers: tuple[Score, ...]
    curves: tuple[CurveScore, ...]
    network: PopulationNetwork

    @property
    def tests(self) -> int:
        """Number of scores."""
        return len(self.numbers) + len(self.curves)

    @property
    def p_value(self) -> float:
        """Smallest chance among all scores, times their number (Bonferroni)."""
        every = [score.p_value for score in (*self.numbers, *self.curves)]
        return min(1.0, min(every) * len(every)) if every else 1.0

    def holds(self, level: float = 0.01) -> bool:
        """Tell whether nothing speaks against the mean field at this level, over all scores together."""
        return self.p_value >= level

    @property
    def worst(self) -> Score | CurveScore:
        """The score that speaks most against the mean field."""
        return min((*self.numbers, *self.curves), key=lambda score: score.p_value)

    def table(self) -> list[dict[str, object]]:
        """Return one row for each score: name, unit, measured, predicted, error, floor, ratio and p value."""
        rows: list[dict[str, object]] = [
            {
                "name": s.name, "unit": s.unit, "measured": s.measured, "predicted": s.predicted,
                "error": abs(s.difference), "floor": s.scale, "ratio": abs(s.z), "p_value": s.p_value,
            }
            for s in self.numbers
        ]  # fmt: skip
        rows += [
            {
                "name": c.name, "unit": c.unit, "measured": None, "predicted": None,
                "error": c.error, "floor": c.floor, "ratio": c.ratio, "p_value": c.p_value,
            }
            for c in self.curves
        ]  # fmt: skip
        return rows


def compare(
    network: PopulationNetwork,
    *,
    stationary: xr.Dataset,
    transients: xr.Dataset | None = None,
    inputs: Mapping[str, Array] | None = None,
    state: Sequence[float] | None = None,
    band: tuple[float, float] | None = None,
    private: Callable[[Array], Mapping[str, Array]] | None = None,
) -> Comparison:
    """Hold recordings of a spiking circuit against its mean field.

    Parameters
    ----------
    network : PopulationNetwork
        The mean field, its parameters fixed before.
    stationary : xarray.Dataset
        ``rate`` (population, time) in Hz at constant input, ``time`` in s; the spectra of ``v_free`` (V), the mean free
        potentials, are scored too if they are there.
    transients : xarray.Dataset, optional
        ``rate`` (trial, population, time) in Hz under ``inputs``, from the stationary state on.
    inputs : mapping of str to (time,) array, optional
        Levels of drives, one a bin of the transients.
    state : sequence of float, optional
        Rates (Hz) near the state that the circuit is in; the reference state unless given.
    band : pair of float, optional
        Frequencies (Hz) of the spectra; from the lowest that can be seen to a fifth of the sampling rate unless given.
    private : callable, optional
        Of frequencies (Hz): the density of every cell's own noise on drives, by label, beyond Poisson spikes; see
        `potential_spectra`.
    """
    rates = network.reference() if state is None else network.steady(state)
    numbers = fixed_point_scores(network, stationary, rates)
    curves = list(spectral_scores(network, stationary, rates, band))
    if "v_free" in stationary:
        curves += voltage_scores(network, stationary, rates, band, private)
    if transients is not None:
        curves += transient_scores(network, transients, inputs or {}, rates)
    return Comparison(numbers, tuple(curves), network)


def fixed_point_scores(network: PopulationNetwork, stationary: xr.Dataset, rates: Array) -> tuple[Score, ...]:
    """Score the mean rate of every population against the steady rates (P,) (Hz).

    The standard error is that of 20 pieces of the recording; the floor is the shift of the mean that finite
    fluctuations make through the curvature of the rate, half Q'' times the variance of the mean free potential.
    """
    seen = stationary["rate"].transpose("population", "time")
    shifts = curvature_shift(network, rates)
    found = []
    for k, name in enumerate(network.names):
        values = seen.sel(population=name).values
        pieces = values[: values.size // _PIECES * _PIECES].reshape(_PIECES, -1).mean(axis=1)
        found.append(mean_score(f"rate of {name}", pieces, float(rates[k]), "Hz", floor=float(abs(shifts[k]))))
    return tuple(found)


def curvature_shift(network: PopulationNetwork, rates: Array) -> Array:
    """Return by how much finite size moves the mean rates (P,), Hz, to first order in 1/N.

    Source: vankampen2007, ch. 10 (the next order of the expansion in the system's size).
    """
    structure = network.structure
    frequency = np.concatenate([[0.0], np.geomspace(1e-2, 2e3, 1500)])
    density = network.cross_spectra(frequency, rates)["v"].values
    variance = np.array([trapezoid(np.real(density[:, k, k]), frequency) for k in range(structure.count)])
    v, spread = structure.moments(rates)
    bend = []
    for k, population in enumerate(structure.populations):
        above, below = (population.model.slopes(v[k] + step, spread[k])[0] for step in (1e-5, -1e-5))
        bend.append(float(above - below) / 2e-5)
    direct = np.array(bend) * variance / 2
    return np.linalg.solve(np.eye(structure.count) - structure.round_trip(rates), direct)


def spectral_scores(
    network: PopulationNetwork, stationary: xr.Dataset, rates: Array, band: tuple[float, float] | None = None
) -> list[CurveScore]:
    """Score the spectrum of every population rate, and the cross spectrum of every pair, against linear response.

    The floor of a spectrum is what linear response changes by when the rates move as far as finite size moves them.
    """
    seen = stationary["rate"].transpose("population", "time").sel(population=list(network.names))
    dt = float(seen["time"][1] - seen["time"][0])
    spectrum = multitaper_spectrum(seen.values, dt)
    low, high = (0.0, 0.2 / dt) if band is None else band
    spectrum = spectrum.between(low, high)
    theory = binned_spectra(network, spectrum.frequency, rates, dt)
    moved = binned_spectra(network, spectrum.frequency, _moved(network, rates), dt)
    found = []
    for k, name in enumerate(network.names):
        own, other = np.real(theory[:, k, k]), np.real(moved[:, k, k])
        found.append(spectrum_score(f"spectrum of {name}", spectrum, own, "Hz", k, floor=np.log(other / own)))
    for a, one in enumerate(network.names):
        for b in range(a + 1, len(network.names)):
            found.append(cross_score(f"cross spectrum of {one} and {network.names[b]}", spectrum, theory, a, b))
    return found


def voltage_scores(
    network: PopulationNetwork,
    stationary: xr.Dataset,
    rates: Array,
    band: tuple[float, float] | None = None,
    private: Callable[[Array], Mapping[str, Array]] | None = None,
) -> list[CurveScore]:
    """Score the spectrum of every mean free potential against linear response and the private noise of the cells.

    The floor is that of the spectra of the rates.
    """
    seen = stationary["v_free"].transpose("population", "time").sel(population=list(network.names))
    dt = float(seen["time"][1] - seen["time"][0])
    spectrum = multitaper_spectrum(seen.values, dt)
    low, high = (0.0, 0.2 / dt) if band is None else band
    spectrum = spectrum.between(low, high)
    noise = None if private is None else private(spectrum.frequency)
    theory, moved = (
        predicted_voltage(network, spectrum.frequency, each, dt, noise) for each in (rates, _moved(network, rates))
    )
    floors = np.log(moved / theory)
    return [
        spectrum_score(f"spectrum of the potential of {name}", spectrum, theory[k], "V", k, floor=floors[k])
        for k, name in enumerate(network.names)
    ]


def binned_spectra(network: PopulationNetwork, frequency: Array, rates: Array, width: float) -> Array:
    """Return the cross densities (f, P, P) of rates counted in bins of ``width`` (s).

    A bin averages over its width, and what it lets through above half the sampling rate comes back at lower
    frequencies: both together leave the shot noise of the spikes white.
    """
    box = (np.sinc(frequency * width) ** 2)[:, None, None]
    highest = np.array([100.0 / width])
    white = np.diag([2 * float(p.noise(highest, float(r))[0]) for p, r in zip(network.populations, rates, strict=True)])
    return (network.cross_spectra(frequency, rates)["rate"].values - white) * box + white


def _moved(network: PopulationNetwork, rates: Array) -> Array:
    """Return the rates (P,) (Hz) that finite size makes of steady ones."""
    return np.clip(rates + curvature_shift(network, rates), 0.0, network.structure.q_max)


def transient_scores(
    network: PopulationNetwork, transients: xr.Dataset, inputs: Mapping[str, Array], rates: Array, dt: float = 1e-4
) -> list[CurveScore]:
    """Score the mean course of every population under ``inputs`` (one level a bin) against the network's course."""
    seen = transients["rate"].transpose("trial", "population", "time")
    width = float(seen["time"][1] - seen["time"][0])
    fine = max(1, round(width / dt))
    levels = {label: np.repeat(np.asarray(level, dtype=float), fine) for label, level in inputs.items()}
    run = network.simulate(width * seen.sizes["time"], width / fine, inputs=levels, initial=rates)
    predicted = run["rate"].values.reshape(len(network.names), seen.sizes["time"], fine).mean(axis=-1)
    floors = np.abs(curvature_shift(network, rates))
    return [
        course_score(f"course of {name}", seen.sel(population=name).values, predicted[k], "Hz", floor=float(floors[k]))
        for k, name in enumerate(network.names)
    ]
