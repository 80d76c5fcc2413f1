"""Dose curves and interactions of a synthetic result: a gain that turns, a pair that interacts, one that adds."""

from typing import Any

import numpy as np

from mesobridge.bridge.estimate import FEATURE_UNITS
from mesobridge.validation.dose import Dose, curve_cell
from mesobridge.validation.interaction import interaction_cell
from mesobridge.validation.replicated import Features, Replicated

from ..replicates import planted

_BASE = {
    "q_max": 78.0, "v10": -0.058, "v50": -0.052, "v90": -0.045, "max_slope": 6000.0, "v_max_slope": -0.053,
    "width": 0.006, "skew": 0.1, "area": 4.2e-6, "mean_lag": 0.02, "sd": 0.018, "peak": 2e-4, "time_to_peak": 0.006,
    "rise_time": 0.003, "decay_time": 0.02, "cutoff_frequency": 9.0, "operating_v": -0.056, "operating_rate": 5.2,
    "operating_slope": 900.0, "gain": 0.0038,
}  # fmt: skip
AMOUNTS = {
    "ampa_density": tuple(2.0 ** np.linspace(-1, 1, 7)),
    "calcium_depolarization": tuple(np.linspace(-0.004, 0.012, 9)),
}


def _truth(mechanism: str, amount: float) -> Features:
    if mechanism == "ampa_density":
        return {**_BASE, "area": _BASE["area"] * amount, "gain": _BASE["gain"] * amount**1.5}
    up = amount / 0.012
    return {**_BASE, "operating_v": _BASE["operating_v"] + amount, "gain": _BASE["gain"] * (1 + up - 1.1 * up**2)}


def _measured(truths: list[Features], seed: int) -> list[Replicated]:
    rng = np.random.default_rng(seed)
    columns = {
        name: planted([truth[name] for truth in truths], 0.004 * abs(_BASE[name]), rng, name=name)
        for name in FEATURE_UNITS
    }
    return [
        Replicated(
            whole={name: column[k].whole[name] for name, column in columns.items()},
            left_out=tuple({name: column[k].left_out[g][name] for name, column in columns.items()} for g in range(10)),
        )
        for k in range(len(truths))
    ]


def example_doses() -> list[dict[str, Any]]:
    """Return two dose curves: one that rises, one that turns."""
    rows = []
    for seed, (mechanism, amounts) in enumerate(AMOUNTS.items()):
        names = tuple(f"{mechanism}={amount:g}" for amount in amounts)
        dose = Dose(mechanism=mechanism, mode="review", amounts=amounts, conditions=names, labels=names)
        truths = [_truth(mechanism, amount) for amount in amounts]
        measured = _measured(truths, seed)
        neutral = 1.0 if mechanism == "ampa_density" else 0.0
        base = measured[int(np.argmin(np.abs(np.array(amounts) - neutral)))]
        cells = {name: curve_cell(name, dose, measured, truths, base) for name in FEATURE_UNITS}
        rows.append(
            {
                "mechanism": mechanism,
                "mode": "review",
                "unit": "1" if mechanism == "ampa_density" else "V",
                "neutral": neutral,
                "axis": dose.axis,
                "amounts": list(amounts),
                "amount_labels": list(names),
                "conditions": list(names),
                "features": cells,
            }
        )
    return rows


def _combination(
    first: tuple[str, float, str], second: tuple[str, float, str], joint: Features, seed: int
) -> dict[str, Any]:
    truths = [joint, _truth(*first[:2]), _truth(*second[:2]), dict(_BASE)]
    measured = _measured(truths, seed)
    parts = [
        {"condition": f"{m}={a:g}", "mechanism": m, "mode": "review", "amount": a, "amount_label": label, "unit": "1"}
        for m, a, label in (first, second)
    ]
    return {
        "combination": f"{first[0]} {first[2]} + {second[0]} {second[2]}",
        "parts": parts,
        "commute": False,
        "order": f"{first[0]} was applied before {second[0]}, and the order matters: the other order is refused.",
        "features": {name: interaction_cell(name, measured, truths) for name in FEATURE_UNITS},
    }


def example_interactions() -> list[dict[str, Any]]:
    """Return a grid of combinations in which the gain interacts and one combination alone that adds."""
    rows = []
    for i, (factor, words) in enumerate(((0.7, "×0.7"), (1.4, "×1.4"))):
        for j, (shift, label) in enumerate(((-0.002, "-2 mV"), (0.004, "+4 mV"))):
            both = {**_truth("ampa_density", factor), "operating_v": _BASE["operating_v"] + shift}
            one, other = _truth("ampa_density", factor)["gain"], _truth("calcium_depolarization", shift)["gain"]
            both["gain"] = one * other / _BASE["gain"] * np.exp(0.25 if i == j == 1 else 0.0)
            rows.append(
                _combination(
                    ("ampa_density", factor, words), ("calcium_depolarization", shift, label), both, 10 * i + j
                )
            )
    alone = _combination(
        ("ampa_density", 1.4, "×1.4"), ("calcium_depolarization", 0.0, "0 mV"), _truth("ampa_density", 1.4), 5
    )
    alone["parts"][1]["mechanism"], alone["order"] = "threshold_shift", ""
    return [*rows, alone]
