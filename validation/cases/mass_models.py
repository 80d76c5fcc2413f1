"""Steady states, eigenvalues and bifurcations of mass and field models (L5, L7)."""

import numpy as np

from ...meanfield import CorticothalamicField, JansenRit
from .case import CaseRow, published

# The peak is read on a grid this fine, well within the two printed decimals.
_FREQUENCY_STEP = 1e-3


def eyes_closed() -> tuple[CaseRow, ...]:
    """Corticothalamic field with the eyes closed (L5): steady rates, leading eigenvalues, alpha peak of the sheet."""
    case = published()["L5"]
    model = CorticothalamicField.published("eyes-closed")
    point = model.resting_state()
    rows = [
        CaseRow(
            quantity=f"steady rate {name}",
            ours=point[name],
            published=rate,
            tolerance=rate * case["rate_tolerance_relative"],
            unit="Hz",
        )
        for name, rate in zip(case["rates"], case["rate_hz"], strict=True)
    ]
    low, high = case["peak_band_hz"]
    frequency = np.arange(low, high, _FREQUENCY_STEP)
    peak = frequency[np.argmax(model.field_spectrum(frequency, point.state))]
    rows.append(
        CaseRow(
            quantity="alpha peak",
            ours=float(peak),
            published=case["peak_hz"],
            tolerance=case["peak_tolerance_hz"],
            unit="Hz",
        )
    )
    return tuple(rows)


def jansen_rit_bifurcations() -> tuple[CaseRow, ...]:
    """Jansen-Rit's standard column (L7): the input at which steady states turn and oscillations are born."""
    case = published()["L7"]
    branches = JansenRit.published("standard").continuation("p", case["range_hz"])
    found = {"Hopf": branches.hopfs, "fold": branches.folds}
    return tuple(
        CaseRow(
            quantity=f"{kind} point {k + 1}",
            ours=min((point.value for point in found[kind]), key=lambda value: abs(value - expected)),
            published=expected,
            tolerance=case["tolerance_hz"],
            unit="Hz",
        )
        for kind, values in (("Hopf", case["hopf_hz"]), ("fold", case["fold_hz"]))
        for k, expected in enumerate(values)
    )
