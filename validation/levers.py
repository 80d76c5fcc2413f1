"""The lever map: what each mechanism did to each feature, what theory said it would do, and whether the two agree."""

from typing import Any

from ..bridge.estimate import FEATURE_UNITS
from ..spiking import MECHANISMS
from .conditions import Condition
from .margins import Margins
from .replicated import Features, Replicated
from .verdict import Measurement, equivalence, sign_of


def number(measurement: Measurement, level: float) -> dict[str, Any]:
    """Return a measurement as JSON: value, standard error and interval."""
    return {
        "value": measurement.value,
        "standard_error": measurement.standard_error,
        "interval": list(measurement.interval(level)),
    }


# Why a feature may not exist though everything was recorded.
_ABSENT = {
    "v_max_slope": "no family describes the sigmoid, and the slope of its monotone smooth has no distinct maximum",
    "sd": "the kernel changes sign so strongly that its variance is negative",
    "cutoff_frequency": "the kernel has no -3 dB frequency in the sampled band",
}


def lever_row(
    condition: Condition,
    measured: Replicated,
    base: Replicated,
    predicted: Features,
    predicted_base: Features,
    margins: Margins,
    level: float = 0.95,
) -> dict[str, Any]:
    """Return one row of the lever map.

    For every feature, ``measured`` is the change against the untouched population (paired over groups of cells) and
    ``predicted`` the change that theory gives; ``verdict`` judges by an equivalence test whether they agree within the
    margin; ``sign`` is the direction that the measurement has shown.
    """
    mechanism = MECHANISMS[condition.mechanism]
    arguments = (measured, base, predicted, predicted_base, margins, level)
    return {
        "condition": condition.name,
        "mechanism": condition.mechanism,
        "mode": condition.mode,
        "amount": condition.amount,
        "amount_label": condition.label,
        "unit": mechanism.unit,
        "lever": mechanism.reading(condition.mode).lever,
        "features": {name: _cell(name, *arguments) for name in FEATURE_UNITS},
        "gain_split": _gain_split(measured, base, level),
    }


def _cell(
    name: str,
    measured: Replicated,
    base: Replicated,
    predicted: Features,
    predicted_base: Features,
    margins: Margins,
    level: float,
) -> dict[str, Any]:
    change, now, before = measured.change_from(base, name), measured.measure(name), base.measure(name)
    expected = None if name not in predicted or name not in predicted_base else predicted[name] - predicted_base[name]
    cell: dict[str, Any] = {
        "unit": FEATURE_UNITS[name],
        "measured": None if change is None else number(change, level),
        "predicted": expected,
        "absolute": None if now is None else {**number(now, level), "predicted": predicted.get(name)},
        "verdict": "undecided",
        "sign": "?",
    }
    if change is None or before is None:
        recorded = measured.whole and base.whole
        return {**cell, "reason": (_ABSENT.get(name) if recorded else None) or "not measured in both conditions"}
    cell["sign"] = sign_of(change, margins.unchanged(name, before.value), level)
    if expected is None:
        return {**cell, "reason": "no prediction"}
    margin = margins.prediction(name, before.value, expected)
    return {**cell, "margin": margin, "verdict": equivalence(change.minus(expected), margin, 1 - level)}


def _gain_split(measured: Replicated, base: Replicated, level: float) -> dict[str, Any]:
    """Return d ln gain = d ln Q' + d ln area, each with its interval."""
    parts = {"gain": "gain", "slope": "operating_slope", "area": "area"}
    changes = {key: measured.log_ratio_to(base, name) for key, name in parts.items()}
    return {key: None if change is None else number(change, level) for key, change in changes.items()}
