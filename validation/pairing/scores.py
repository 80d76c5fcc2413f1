"""All that is judged of a pairing, and the error table that says how far the mean field is from the network."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ...meanfield.models.population_network import PopulationNetwork
from ..verdict import Verdict
from .comparison import Comparison, binned_spectra, compare
from .condition import BASE, Condition
from .recording import mean_rates, pairwise_correlation, spike_counts, synchrony
from .score import course_score
from .spectra import Spectrum, multitaper_spectrum, peak_scores, spectrum_score
from .verdicts import Judged, judged, judged_curve, margins, rate_margin, shift_margin
from .walk import Findings

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class RatePoint:
    """A steady rate on both sides; ``predicted`` by name of the mean field, ``state`` what the circuit was put in."""

    state: str
    population: str
    measured: float
    measured_error: float
    predicted: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class ErrorLine:
    """The error of one mean field in the rates of one population, over all states: Hz, and slope of a straight line."""

    side: str
    population: str
    points: int
    mean_absolute_error: float
    relative_error: float
    slope: float | None


@dataclass(frozen=True, kw_only=True)
class Scores:
    """Everything that the comparison has found."""

    rows: tuple[Judged, ...]
    points: tuple[RatePoint, ...]
    errors: tuple[ErrorLine, ...]
    chance: Comparison
    refusals: tuple[tuple[str, str, str], ...]


def judge(findings: Findings) -> Scores:
    """Hold the network against its mean field in everything that was recorded."""
    refusals: list[tuple[str, str, str]] = []
    rows = [
        *_open_loop_rows(findings),
        *_rate_rows(findings),
        *_drive_rows(findings),
        *_shift_rows(findings),
        *_transient_rows(findings),
        *_spectrum_rows(findings, refusals),
        *_correlation_rows(findings),
        *_stability_rows(findings),
    ]
    points = tuple(_points(findings))
    chance = _against_chance(findings, refusals)
    return Scores(
        rows=tuple(rows), points=points, errors=tuple(_error_lines(points)), chance=chance,
        refusals=(*findings.refusals, *refusals),
    )  # fmt: skip


def _against_chance(findings: Findings, refusals: list[tuple[str, str, str]]) -> Comparison:
    """Return the scores in units of chance alone; none if the mean field has no stationary state to compare with."""
    frozen = findings.base.frozen
    if frozen.network.loop(frozen.rates).unstable:
        refusals.append((BASE, "scores against chance", "The mean field is unstable and has no stationary state."))
        return Comparison((), (), frozen.network)
    return compare(
        frozen.network,
        stationary=findings.stationary[BASE],
        state=frozen.rates.tolist(),
        band=(0.0, findings.study.pairing.highest_frequency),
    )


def _rates(findings: Findings, condition: Condition) -> Iterator[tuple[int, str, float, float]]:
    mean, error = mean_rates(findings.stationary[condition.name])
    for k, name in enumerate(condition.circuit.names):
        yield k, name, float(mean[k]), float(error[k])


def _open_loop_rows(findings: Findings) -> Iterator[Judged]:
    """Every population's sigmoid at what it heard in the network: the loop is not closed, nothing can cancel."""
    base = findings.base
    heard, _ = mean_rates(findings.stationary[BASE])
    answer = base.frozen.network.structure.mapped(heard)
    for k, name, mean, error in _rates(findings, base):
        own = float(base.open_loops[name].relative_error * answer[k])
        yield judged(
            "open loop", f"rate of {name} at the inputs of the network", BASE, (mean, error), (float(answer[k]), own),
            "Hz", rate_margin(mean),
        )  # fmt: skip


def _rate_rows(findings: Findings) -> Iterator[Judged]:
    for condition in findings.conditions:
        for k, name, mean, error in _rates(findings, condition):
            predicted = float(condition.frozen.rates[k]), float(condition.rates_error[k])
            yield judged("rate", f"rate of {name}", condition.name, (mean, error), predicted, "Hz", rate_margin(mean))


def _drive_rows(findings: Findings) -> Iterator[Judged]:
    relative = findings.base.rates_error / findings.base.frozen.rates
    for driven in findings.driven:
        mean, error = mean_rates(driven.recording)
        for k, name in enumerate(findings.base.circuit.names):
            rate = float(driven.predicted["estimates"][k])
            if np.isfinite(rate):
                yield judged(
                    "drive", f"rate of {name}", f"background x{driven.factor:g}", (float(mean[k]), float(error[k])),
                    (rate, float(relative[k]) * rate), "Hz", rate_margin(float(mean[k])),
                )  # fmt: skip


def _shift_rows(findings: Findings) -> Iterator[Judged]:
    """How far each modulation moves each rate; both conditions have the same connections and noise."""
    base = findings.base
    before, before_error = mean_rates(findings.stationary[BASE])
    for condition in findings.conditions[1:]:
        for k, name, mean, error in _rates(findings, condition):
            shift = mean - float(before[k])
            predicted = float(condition.frozen.rates[k] - base.frozen.rates[k])
            spread = float(np.hypot(condition.rates_error[k], base.rates_error[k]))
            yield judged(
                "shift", f"shift of the rate of {name}", condition.name,
                (shift, float(np.hypot(error, before_error[k]))), (predicted, spread), "Hz", shift_margin(shift),
            )  # fmt: skip


def _transient_rows(findings: Findings) -> Iterator[Judged]:
    for found in findings.transients:
        for k, name in enumerate(findings.base.circuit.names):
            predicted = found.predicted["estimates"][k]
            # The offset of the steady rates is judged as such; here it is the course that counts.
            offset = float(findings.base.frozen.rates[k] - mean_rates(findings.stationary[BASE])[0][k])
            score = course_score(f"course of {name}", found.trials[:, k], predicted - offset, "Hz")
            swing = float(np.ptp(predicted))
            if swing > 0:
                yield judged_curve("transient", found.name, score, margins()["transient"] * swing)


def spectrum_of(recording: xr.Dataset, highest: float) -> Spectrum:
    """Return the spectra of the population rates up to ``highest`` (Hz)."""
    rate = recording["rate"].transpose("population", "time").values
    dt = float(recording.attrs["bin"])
    return multitaper_spectrum(rate, dt).between(0.0, min(highest, 0.4 / dt))


def predicted_spectra(network: PopulationNetwork, frequency: Array, rates: Array, width: float) -> Array:
    """Return the densities (population, frequency) of binned rates, NaN if the state is unstable."""
    if network.loop(rates).unstable:
        return np.full((len(network.names), frequency.size), np.nan)
    found = binned_spectra(network, frequency, rates, width)
    return np.real(np.diagonal(found, axis1=1, axis2=2)).T.copy()


def _spectrum_rows(findings: Findings, refusals: list[tuple[str, str, str]]) -> Iterator[Judged]:
    base, recording = findings.base, findings.stationary[BASE]
    spectrum = spectrum_of(recording, findings.study.pairing.highest_frequency)
    network, rates = base.frozen.network, base.frozen.rates
    theory = predicted_spectra(network, spectrum.frequency, rates, float(recording.attrs["bin"]))
    if np.isnan(theory).any():
        refusals.append((BASE, "spectra", "The mean field is unstable at its steady rates and has no linear spectrum."))
        return
    for k, name in enumerate(base.circuit.names):
        score = spectrum_score(f"spectrum of {name}", spectrum, theory[k], "log10", k)
        yield judged_curve("spectrum", BASE, score, margins()["spectrum"])
    yield from _mode_rows(findings, spectrum, theory, refusals)


def _mode_rows(
    findings: Findings, spectrum: Spectrum, theory: Array, refusals: list[tuple[str, str, str]]
) -> Iterator[Judged]:
    """Frequency and decay of the least damped oscillation below the highest frequency."""
    highest = findings.study.pairing.highest_frequency
    eigenvalues = findings.base.frozen.network.eigenvalues(findings.base.frozen.rates)
    near = [e for e in eigenvalues if 0 < e.imag / (2 * np.pi) < highest]
    if not near:
        return
    start = complex(max(near, key=lambda e: e.real))
    try:
        scores = peak_scores(spectrum, theory[0], start)
    except (ValueError, np.linalg.LinAlgError) as reason:
        refusals.append((BASE, "mode", str(reason)))
        return
    for score in scores:
        margin = margins()["mode"] * abs(score.measured)
        yield judged(
            "mode", score.name, BASE, (score.measured, score.standard_error), (score.predicted, 0.0), score.unit, margin
        )


def _correlation_rows(findings: Findings) -> Iterator[Judged]:
    window = findings.study.pairing.window
    counts = spike_counts(findings.stationary[BASE], window)
    network, names = findings.base.frozen.network, findings.base.circuit.names
    if network.loop(findings.base.frozen.rates).unstable:
        return
    for a, b in combinations_with_replacement(range(len(names)), 2):
        if min(counts[a].sum(), counts[b].sum()) < 1000 or (a == b and len(counts[a]) < 2):
            continue
        measured = pairwise_correlation(counts[a], None if a == b else counts[b])
        predicted = network.count_correlation(window, names[a], names[b], findings.base.frozen.rates)
        yield judged(
            "correlation", f"correlation of {names[a]} and {names[b]}", BASE, measured, (predicted, 0.0), "1",
            margins()["correlation"],
        )  # fmt: skip


def _stability_rows(findings: Findings) -> Iterator[Judged]:
    """Judge whether the network stays asynchronous or oscillates as mean field and leaky theory say."""
    bound = margins()["synchrony"]
    for condition in findings.conditions:
        found = float(np.max(synchrony(findings.stationary[condition.name])))
        sides = {"the mean field": condition.frozen.network.loop(condition.frozen.rates).unstable}
        if condition.leaky is not None:
            sides["theory with leaky rates"] = condition.leaky.loop(condition.theory.rates).unstable
        for side, unstable in sides.items():
            verdict: Verdict = "holds" if bool(unstable) == (found > bound) else "fails"
            yield Judged(
                kind="stability", name=f"synchrony; {side} is {'unstable' if unstable else 'stable'}",
                condition=condition.name, measured=found, measured_error=None, predicted=None, predicted_error=None,
                unit="1", difference=found - bound, margin=bound, verdict=verdict,
            )  # fmt: skip


def _points(findings: Findings) -> Iterator[RatePoint]:
    for condition in findings.conditions:
        sides = {"estimates": condition.frozen.rates, "theory": condition.theory.rates}
        for k, name, mean, error in _rates(findings, condition):
            predicted = {side: float(rates[k]) for side, rates in sides.items()}
            yield RatePoint(
                state=condition.name, population=name, measured=mean, measured_error=error, predicted=predicted
            )
    for driven in findings.driven:
        mean, error = mean_rates(driven.recording)
        for k, name in enumerate(findings.base.circuit.names):
            predicted = {side: float(rates[k]) for side, rates in driven.predicted.items() if np.isfinite(rates[k])}
            yield RatePoint(
                state=f"background x{driven.factor:g}", population=name, measured=float(mean[k]),
                measured_error=float(error[k]), predicted=predicted,
            )  # fmt: skip


def _error_lines(points: tuple[RatePoint, ...]) -> Iterator[ErrorLine]:
    sides = dict.fromkeys(side for point in points for side in point.predicted)
    names = dict.fromkeys(point.population for point in points)
    for side in sides:
        for name in names:
            own = [p for p in points if p.population == name and side in p.predicted]
            measured = np.array([p.measured for p in own])
            predicted = np.array([p.predicted[side] for p in own])
            miss = np.abs(predicted - measured)
            wide = len(own) > 2 and np.ptp(measured) > 0.2 * measured.mean()
            yield ErrorLine(
                side=side, population=name, points=len(own), mean_absolute_error=float(miss.mean()),
                relative_error=float(miss.sum() / measured.sum()) if measured.sum() > 0 else float("nan"),
                slope=float(np.polyfit(measured, predicted, 1)[0]) if wide else None,
            )  # fmt: skip
