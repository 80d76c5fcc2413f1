"""The cases that are steady states of mass models, and where these are born."""

from collections.abc import Mapping
from typing import Any

from ...meanfield import DynamicMeanField, MontbrioPazoRoxin
from .case import CaseRow, published


def montbrio_pazo_roxin() -> tuple[CaseRow, ...]:
    """Exact mean field of quadratic cells (L6): all steady states, their kinds, folds and cusp."""
    case = published()["L6"]
    points = MontbrioPazoRoxin.published().fixed_points()
    rows = [
        CaseRow(
            quantity=f"rate of the {kind}",
            # A state of another kind than the published one counts as not found.
            ours=point["rate"] if point.stability.value == kind else 0.0,
            published=rate,
            tolerance=case["tolerance_rate_hz"],
            unit="Hz",
        )
        for point, rate, kind in zip(points, case["rate_hz"], case["kind_of_state"], strict=True)
    ]
    folds = MontbrioPazoRoxin.published().continuation("eta", case["eta_range"]).folds
    rows += [
        CaseRow(
            quantity="eta of a saddle-node", ours=fold.value, published=eta, tolerance=case["tolerance_eta"], unit="1"
        )
        for fold, eta in zip(folds, case["fold_eta"], strict=True)
    ]
    return (*rows, *_cusp(case))


def _cusp(case: Mapping[str, Any]) -> tuple[CaseRow, ...]:
    """Return the cusp, where both saddle-nodes meet, from their distance and middle at two couplings above it.

    The distance grows as the power 3/2 of the coupling beyond the cusp, the middle in proportion.
    """
    steps = case["cusp_steps"]
    gaps, etas, rates = [], [], []
    for step in steps:
        model = MontbrioPazoRoxin.published(coupling=case["cusp_coupling"] + step)
        low, high = model.continuation("eta", case["cusp_range"], sections=3).folds
        gaps.append((high.value - low.value) ** (2 / 3))
        etas.append((high.value + low.value) / 2)
        rates.append(float(high.state[0] + low.state[0]) / 2)
    beyond = (steps[1] - steps[0]) * gaps[0] / (gaps[1] - gaps[0])

    def at_cusp(values: list[float]) -> float:
        return values[0] - (values[1] - values[0]) / (steps[1] - steps[0]) * steps[0]

    found = (
        ("coupling", case["cusp_coupling"] + steps[0] - beyond, "cusp_coupling", "1"),
        ("eta", at_cusp(etas), "cusp_eta", "1"),
        ("rate", at_cusp(rates), "cusp_rate_hz", "Hz"),
    )
    return tuple(
        CaseRow(
            quantity=f"{name} of the cusp", ours=ours, published=case[key], tolerance=case["tolerance_cusp"], unit=unit
        )
        for name, ours, key, unit in found
    )


def dynamic_mean_field() -> tuple[CaseRow, ...]:
    """Isolated region of the dynamic mean field (L15): its rest, and what a larger gain does to it."""
    case = published()["L15"]
    model = DynamicMeanField.published()
    (rest,) = model.fixed_points()
    names = {"rate_e": "Hz", "current_e": "A", "s_e": "1", "rate_i": "Hz", "current_i": "A", "s_i": "1"}
    rows = [
        CaseRow(quantity=name, ours=rest[name], published=case[name], tolerance=case[f"tolerance_{name}"], unit=unit)
        for name, unit in names.items()
    ]
    rows += [
        CaseRow(quantity=f"eigenvalue {k + 1}", ours=ours.real, published=value, tolerance=tolerance, unit="1/s")
        for k, (ours, value, tolerance) in enumerate(
            zip(rest.eigenvalues, case["eigenvalues"], case["tolerance_eigenvalues"], strict=True)
        )
    ]
    rows += [
        CaseRow(
            quantity=f"rate_e at gain {gain:g}, inhibition {inhibition * 1e9:g} nA",
            ours=model.with_changed(gain_e=gain, inhibition=inhibition).fixed_points()[0]["rate_e"],
            published=rate,
            tolerance=tolerance,
            unit="Hz",
        )
        for gain, inhibition, rate, tolerance in zip(
            case["gain"], case["inhibition_a"], case["gain_rate_hz"], case["tolerance_gain_rate_hz"], strict=True
        )
    ]
    pivot = model.pivots["gain_e"]
    turning = (
        ("gain pivot, current", pivot.position, "pivot_a", "A"),
        ("gain pivot, rate", pivot.height, "pivot_hz", "Hz"),
    )
    return (
        *rows,
        *(
            CaseRow(
                quantity=what,
                ours=float(ours or 0.0),
                published=case[key],
                tolerance=case[f"tolerance_{key}"],
                unit=unit,
            )
            for what, ours, key, unit in turning
        ),
    )
