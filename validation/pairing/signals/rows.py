"""What is judged of signals beyond mean rates: voltage spectra, fluctuations of finite size, pairwise correlations."""

from collections.abc import Iterator

import numpy as np

from ..condition import BASE
from ..spectra import spectrum_score
from ..verdicts import Judged, correlation_margin, judged, judged_curve, margins
from ..walk import SIDES, Findings

SHORT_WINDOW = 10e-3  # s, in which correlations are judged beside the window of the study
JUDGED_WIDTHS = (5e-3, 50e-3)  # s, bins in which fluctuations of finite size are judged


def voltage_rows(findings: Findings) -> Iterator[Judged]:
    """Judge the spectrum of every mean free potential, against the mean fields from estimates."""
    signals = findings.signals
    if signals.voltage is None:
        return
    for field in findings.base.fields:
        for k, name in enumerate(findings.base.circuit.names):
            predicted = signals.voltage_predicted[SIDES[field]][k]
            if np.all(np.isfinite(predicted)):
                title = _by(field, f"spectrum of the potential of {name}")
                score = spectrum_score(title, signals.voltage, predicted, "log10", k)
                yield judged_curve("voltage spectrum", BASE, score, margins()["voltage_spectrum"])


def fluctuation_rows(findings: Findings) -> Iterator[Judged]:
    """Judge the standard deviation of every population rate in bins of 5 and 50 ms, against the mesoscopic theory."""
    seen, theory = findings.signals.fluctuation, findings.signals.mesoscopic
    if theory is None:
        return
    measured, predicted = seen.deviation, theory.deviation
    for k, name in enumerate(findings.base.circuit.names):
        for place in [place for place, width in enumerate(seen.width) if np.isclose(width, JUDGED_WIDTHS).any()]:
            value = float(measured[0][k, place])
            if value > 0:
                yield judged(
                    "finite size", f"fluctuation of {name} in bins of {1e3 * seen.width[place]:g} ms", BASE,
                    (value, float(measured[1][k, place])),
                    (float(predicted[0][k, place]), float(predicted[1][k, place])), "Hz",
                    margins()["finite_size"] * value,
                )  # fmt: skip


def correlation_rows(findings: Findings) -> Iterator[Judged]:
    """Judge the mean correlation of the counts of two cells, against the mean fields from estimates.

    In 10 ms and in the window of the study, within every population and between those that a projection joins; the
    dataset holds the rest.
    """
    signals, windows = findings.signals, (SHORT_WINDOW, findings.study.pairing.window)
    joined = {frozenset((p.source, p.target)) for p in findings.base.circuit.projections}
    for field in findings.base.fields:
        sides = signals.correlations_predicted[SIDES[field]]
        for pair, predicted in zip(signals.correlations, sides, strict=True):
            if pair.one != pair.other and frozenset((pair.one, pair.other)) not in joined:
                continue
            for window, value, error, theory in zip(pair.window, pair.measured, pair.error, predicted, strict=True):
                if np.isfinite(theory) and np.isclose(window, windows).any():
                    title = _by(field, f"correlation of {pair.one} and {pair.other} in {1e3 * window:g} ms")
                    yield judged(
                        "correlation", title, BASE, (float(value), float(error)), (float(theory), 0.0), "1",
                        correlation_margin(float(value)),
                    )  # fmt: skip


def _by(field: str, name: str) -> str:
    """Return the name of a row; the mean field whose rates are still goes without saying."""
    return name if field == "still" else f"{name}, {field} rates"
