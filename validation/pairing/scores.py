"""All that is judged of a pairing, and the error table that says how far the mean field is from the network."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ...meanfield.models.population_network import PopulationNetwork
from ..verdict import Verdict
from .comparison import Comparison, binned_spectra, compare
from .condition import BASE, Condition
from .critical.rows import critical_rows
from .recording import mean_rates, synchrony
from .score import course_score
from .signals.rows import correlation_rows, fluctuation_rows, voltage_rows
from .signals.voltage import membrane_noise
from .spectra import Spectrum, multitaper_spectrum, peak_scores, spectrum_score
from .verdicts import Judged, judged, judged_curve, margins, rate_margin, shift_margin
from .walk import SIDES, Findings

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
        *voltage_rows(findings),
        *fluctuation_rows(findings),
        *correlation_rows(findings),
        *_stability_rows(findings),
        *critical_rows(findings.sweeps),
    ]
    refusals += [(sweep.condition, "branches", sweep.unfollowed) for sweep in findings.sweeps if sweep.unfollowed]
    points = tuple(_points(findings))
    chance = _against_chance(findings, refusals)
    return Scores(
        rows=tuple(rows), points=points, errors=tuple(_error_lines(points)), chance=chance,
        refusals=(*findings.refusals, *refusals, *findings.signals.refusals),
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
        private=partial(membrane_noise, findings.base.circuit),
    )


def _rates(findings: Findings, condition: Condition) -> Iterator[tuple[int, str, float, float]]:
    mean, error = mean_rates(findings.stationary[condition.name])
    for k, name in enumerate(condition.circuit.names):
        yield k, name, float(mean[k]), float(error[k])


def _open_loop_rows(findings: Findings) -> Iterator[Judged]:
    """Every population's sigmoid at what it heard in the network: the loop is not closed, nothing can cancel."""
    base = findings.base
    heard, _ = mean_rates(findings.stationary[BASE])
    for field, frozen in base.fields.items():
        answer = frozen.network.structure.mapped(heard)
        for k, name, mean, error in _rates(findings, base):
            own = float(base.open_loops[name].relative_error * answer[k])
            yield judged(
                "open loop", _by(field, f"rate of {name} at the inputs of the network"), BASE, (mean, error),
                (float(answer[k]), own), "Hz", rate_margin(mean),
            )  # fmt: skip


def _by(field: str, name: str) -> str:
    """Return the name of a row; the mean field whose rates are still goes without saying."""
    return name if field == "still" else f"{name}, {field} rates"


def _rate_rows(findings: Findings) -> Iterator[Judged]:
    for condition in findings.conditions:
        for field, frozen in condition.fields.items():
            for k, name, mean, error in _rates(findings, condition):
                predicted = float(frozen.rates[k]), float(condition.rates_error[k])
                title = _by(field, f"rate of {name}")
                yield judged("rate", title, condition.name, (mean, error), predicted, "Hz", rate_margin(mean))


def _drive_rows(findings: Findings) -> Iterator[Judged]:
    relative = findings.base.rates_error / findings.base.frozen.rates
    for driven in findings.driven:
        mean, error = mean_rates(driven.recording)
        for field in findings.base.fields:
            for k, name in enumerate(findings.base.circuit.names):
                rate = float(driven.predicted[SIDES[field]][k])
                if np.isfinite(rate):
                    yield judged(
                        "drive", _by(field, f"rate of {name}"), f"background x{driven.factor:g}",
                        (float(mean[k]), float(error[k])), (rate, float(relative[k]) * rate), "Hz",
                        rate_margin(float(mean[k])),
                    )  # fmt: skip


def _shift_rows(findings: Findings) -> Iterator[Judged]:
    """How far each modulation moves each rate; both conditions have the same connections and noise."""
    base = findings.base
    before, before_error = mean_rates(findings.stationary[BASE])
    for condition in findings.conditions[1:]:
        for field in (each for each in base.fields if each in condition.fields):
            for k, name, mean, error in _rates(findings, condition):
                shift = mean - float(before[k])
                predicted = float(condition.fields[field].rates[k] - base.fields[field].rates[k])
                spread = float(np.hypot(condition.rates_error[k], base.rates_error[k]))
                yield judged(
                    "shift", _by(field, f"shift of the rate of {name}"), condition.name,
                    (shift, float(np.hypot(error, before_error[k]))), (predicted, spread), "Hz", shift_margin(shift),
                )  # fmt: skip


def _transient_rows(findings: Findings) -> Iterator[Judged]:
    for found in findings.transients:
        for field, frozen in findings.base.fields.items():
            for k, name in enumerate(findings.base.circuit.names):
                predicted = found.predicted[SIDES[field]][k]
                # The offset of the steady rates is judged as such; here it is the course that counts.
                offset = float(frozen.rates[k] - mean_rates(findings.stationary[BASE])[0][k])
                title = _by(field, f"course of {name}")
                score = course_score(title, found.trials[:, k], predicted - offset, "Hz")
                # The yardstick is that of the field that is always there.
                swing = float(np.ptp(found.predicted[SIDES["still"]][k]))
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
    recording = findings.stationary[BASE]
    spectrum = spectrum_of(recording, findings.study.pairing.highest_frequency)
    for field, frozen in findings.base.fields.items():
        theory = predicted_spectra(frozen.network, spectrum.frequency, frozen.rates, float(recording.attrs["bin"]))
        if np.isnan(theory).any():
            reason = f"The {field} mean field is unstable at its steady rates and has no linear spectrum."
            refusals.append((BASE, "spectra", reason))
            continue
        for k, name in enumerate(findings.base.circuit.names):
            score = spectrum_score(_by(field, f"spectrum of {name}"), spectrum, theory[k], "log10", k)
            yield judged_curve("spectrum", BASE, score, margins()["spectrum"])
        yield from _mode_rows(findings, field, spectrum, theory, refusals)


def _mode_rows(
    findings: Findings, field: str, spectrum: Spectrum, theory: Array, refusals: list[tuple[str, str, str]]
) -> Iterator[Judged]:
    """Frequency and decay of the least damped oscillation below the highest frequency."""
    highest = findings.study.pairing.highest_frequency
    frozen = findings.base.fields[field]
    eigenvalues = frozen.network.eigenvalues(frozen.rates)
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
            "mode",
            _by(field, score.name),
            BASE,
            (score.measured, score.standard_error),
            (score.predicted, 0.0),
            score.unit,
            margin,
        )


def _stability_rows(findings: Findings) -> Iterator[Judged]:
    """Judge whether the network stays asynchronous or oscillates as mean field and leaky theory say."""
    bound = margins()["synchrony"]
    for condition in findings.conditions:
        found = float(np.max(synchrony(findings.stationary[condition.name])))
        sides = {
            f"the {field} mean field": frozen.network.loop(frozen.rates).unstable
            for field, frozen in condition.fields.items()
        }
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
        sides = {SIDES[field]: frozen.rates for field, frozen in condition.fields.items()}
        sides["theory"] = condition.theory.rates
        for k, name, mean, error in _rates(findings, condition):
            predicted = {side: float(rates[k]) for side, rates in sides.items() if condition.judges(side, name)}
            yield RatePoint(
                state=condition.name, population=name, measured=mean, measured_error=error, predicted=predicted
            )
    for driven in findings.driven:
        mean, error = mean_rates(driven.recording)
        for k, name in enumerate(findings.base.circuit.names):
            predicted = {
                side: float(rates[k])
                for side, rates in driven.predicted.items()
                if np.isfinite(rates[k]) and findings.base.judges(side, name)
            }
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
            if not own:
                continue
            measured = np.array([p.measured for p in own])
            predicted = np.array([p.predicted[side] for p in own])
            miss = np.abs(predicted - measured)
            wide = len(own) > 2 and np.ptp(measured) > 0.2 * measured.mean()
            yield ErrorLine(
                side=side, population=name, points=len(own), mean_absolute_error=float(miss.mean()),
                relative_error=float(miss.sum() / measured.sum()) if measured.sum() > 0 else float("nan"),
                slope=float(np.polyfit(measured, predicted, 1)[0]) if wide else None,
            )  # fmt: skip
