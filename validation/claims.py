"""Claims: what the review and its theory expect of each lever's direction, judged on the measurement alone."""

from typing import Any, Literal

from ..bridge.estimate import FEATURE_UNITS
from ..bridge.theory_signs import theory_signs
from ..spiking import MECHANISMS
from .conditions import Condition
from .findings import Findings
from .levers import number
from .margins import read_margins
from .verdict import Measurement, Sign, direction, equivalence

Expected = Literal["+", "-", "0", "~"]

_WORDS: dict[Expected, str] = {"+": "rises", "-": "falls", "0": "stays", "~": "changes in second order only"}


def expected_of(condition: Condition, feature: str) -> Expected | None:
    """Return what is expected of a feature at this amount, None where nothing is; below neutral the direction turns."""
    signs = theory_signs().get(condition.mechanism)
    sign = "any" if signs is None or condition.mode != "review" else signs.sign(feature)
    if sign == "any":
        return None
    if sign == "second":
        return "~"
    above = condition.amount > MECHANISMS[condition.mechanism].neutral
    return "0" if sign == 0 else "+" if (sign > 0) == above else "-"


def claim_rows(findings: Findings) -> list[dict[str, Any]]:
    """Return one row for each feature of each condition of which a direction is expected."""
    return [
        row
        for condition in findings.conditions[1:]
        for feature in FEATURE_UNITS
        if (row := _claim(findings, condition, feature)) is not None
    ]


def _claim(findings: Findings, condition: Condition, feature: str) -> dict[str, Any] | None:
    expected = expected_of(condition, feature)
    if expected is None:
        return None
    base, level = findings.measured[findings.base].features, findings.study.report.level
    change, before = findings.measured[condition.name].features.change_from(base, feature), base.measure(feature)
    row: dict[str, Any] = {
        "id": f"{condition.mechanism}.{feature}@{condition.label}",
        "condition": condition.name,
        "mechanism": condition.mechanism,
        "feature": feature,
        "statement": f"{condition.mechanism} {condition.label}: {feature} {_WORDS[expected]}",
        "expected": expected,
        "unit": FEATURE_UNITS[feature],
        "reason": theory_signs()[condition.mechanism].reason,
    }
    if change is None or before is None:
        return {**row, "measured": None, "verdict": "undecided"}
    margin = read_margins().unchanged(feature, before.value)
    verdict = judge(change, expected, margin, level)
    return {**row, "measured": number(change, level), "margin": margin, "verdict": verdict}


def judge(change: Measurement, expected: Expected, margin: float, level: float) -> str:
    """Return the verdict: superiority for a direction, equivalence within the margin for "0" and "~"."""
    if expected == "~":
        return equivalence(change, margin, 1 - level)
    sign: Sign = expected
    return direction(change, sign, margin, level)
