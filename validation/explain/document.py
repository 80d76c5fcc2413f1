"""The answer as plain JSON, for people and for programs."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...bridge.inverse import (
    FewLevers,
    InverseProblem,
    LeverRange,
    Profile,
    Sensitivity,
    Solution,
    spread_directions,
)
from ...bridge.inverse.dose_axis import DoseAxis
from ..document import plain
from ..result import Result
from .columns import Column, Source

Array = NDArray[np.floating]

SCHEMA = "mesobridge.explanation/1"
_CLOUD = 400  # mixtures kept for figures
UNDETERMINED = 0.2  # dose: a direction along which plausible mixtures spread more is not determined
_TOLD = 2.0  # standard errors at which a standard dose is told from nothing, or from another lever


def sensitivity_document(
    result: Result,
    columns: Sequence[Column],
    found: Sensitivity,
    source: Source,
    level: float,
    rng: np.random.Generator,
) -> dict[str, Any]:
    """Return the sensitivity matrix and what is distinguishable, without an answer."""
    axes = found.response.axes
    told = found.discriminability(rng, level=level)
    return plain(
        {
            "schema": SCHEMA,
            "study": result.study.title,
            "started": result.document.get("provenance", {}).get("started"),
            "source": source,
            "level": level,
            "features": [
                {"name": c.name, "unit": c.unit, "scale": c.scale, "recording_error": float(e)}
                for c, e in zip(columns, np.sqrt(np.diag(found.recording)), strict=True)
            ],
            "levers": [_lever(axis) for axis in axes],
            "sensitivity": {
                "per_unit": found.per_unit.tolist(),
                "per_dose": found.per_dose.tolist(),
                "whitened": (found.per_dose / np.sqrt(np.diag(found.recording))[:, None]).tolist(),
                "singular_values": [d.size for d in found.directions],
                "directions": [
                    {"words": d.words(axes), "doses": d.doses.tolist(), "size": d.size, "example": d.example(axes)}
                    for d in found.directions
                ],
                "degenerate": [d.words(axes) for d in found.degenerate(_TOLD)],
                "d_prime": told.d_prime.tolist(),
                "d_prime_low": told.low.tolist(),
                "d_prime_high": told.high.tolist(),
                "angle": told.angle.tolist(),
            },
        }
    )


def _lever(axis: DoseAxis) -> dict[str, Any]:
    return {
        "name": axis.name,
        "mechanism": axis.mechanism,
        "mode": axis.mode,
        "unit": axis.unit,
        "neutral": axis.neutral,
        "amounts": list(axis.amounts),
        "lowest": axis.lowest,
        "highest": axis.highest,
        "labels": [axis.label(dose) for dose in axis.bounds],
        "per": "doubling" if axis.factor else axis.unit,
        "dose_one": axis.reach,
    }


def answer_document(problem: InverseProblem, columns: Sequence[Column], found: Solution) -> dict[str, Any]:
    """Return the set of mixtures that explain an observation."""
    inside = found.draws[found.inside]
    axes = problem.response.axes
    return plain(
        {
            "explained": found.explained,
            "smallest_misfit": found.smallest,
            "threshold": problem.threshold,
            "p_value": problem.p_value(found.smallest),
            "no_change": {"misfit": found.no_change, "p_value": problem.p_value(found.no_change)},
            "best": _amounts(problem, found.best),
            "features": _features(problem, columns, found.best),
            "ruled_out_by": [
                {"feature": name, "misfit_without": left, "p_value_without": problem.without(name).p_value(left)}
                for name, left in found.ruled_out_by
                if len(columns) > 1
            ],
            "ranges": [_range(a, r, c) for a, r, c in zip(axes, found.ranges, found.curves, strict=True)],
            "few": [_few(problem, one) for one in found.few],
            "directions": _directions(problem, inside) if found.explained and len(inside) > 2 else [],
            "cloud": inside[:_CLOUD].tolist() if found.explained else [],
            "next": [],
        }
    )


def _amounts(problem: InverseProblem, doses: Array) -> dict[str, float]:
    return {axis.name: axis.amount(float(d)) for axis, d in zip(problem.response.axes, doses, strict=True) if d != 0}


def _features(problem: InverseProblem, columns: Sequence[Column], best: Array) -> list[dict[str, Any]]:
    """Return observed and explained change of every feature, and what its error is made of at the best mixture."""
    mean, covariance = problem.response.evaluate(best[None])
    response = np.sqrt(np.diag(covariance[0]))
    observed = np.sqrt(np.diag(problem.observation.covariance))
    parts = problem.response.error_parts(best)
    return [
        {
            "name": column.name,
            "observed": float(problem.observation.change[f]),
            "standard_error": float(observed[f]),
            "explained": float(mean[0, f]),
            "response_error": float(response[f]),
            "error_parts": {part: float(values[f]) for part, values in parts.items()},
        }
        for f, column in enumerate(columns)
    ]


def _range(axis: DoseAxis, found: LeverRange, curve: Profile) -> dict[str, Any]:
    def amounts(pair: tuple[float, float] | None) -> list[float] | None:
        return None if pair is None else [axis.amount(end) for end in pair]

    def labels(pair: tuple[float, float] | None) -> list[str] | None:
        return None if pair is None else [axis.label(end) for end in pair]

    return {
        "lever": axis.name,
        "joint": amounts(found.joint),
        "joint_labels": labels(found.joint),
        "interval": amounts(found.interval),
        "interval_labels": labels(found.interval),
        "joint_doses": found.joint,
        "interval_doses": found.interval,
        "needed": found.needed,
        "profile": {"doses": curve.doses.tolist(), "misfit": curve.discrepancy.tolist()},
    }


def _few(problem: InverseProblem, one: FewLevers) -> dict[str, Any]:
    axes = problem.response.axes
    return {
        "levers": [axes[k].name for k in one.levers],
        "amounts": {axes[k].name: axes[k].amount(float(one.doses[k])) for k in one.levers},
        "labels": [axes[k].label(float(one.doses[k])) for k in one.levers],
        "misfit": one.discrepancy,
        "p_value": problem.p_value(one.discrepancy),
        "explains": one.discrepancy <= problem.threshold,
    }


def _directions(problem: InverseProblem, draws: Array) -> list[dict[str, Any]]:
    """Return the directions along which plausible mixtures spread, in words, the widest first."""
    axes = problem.response.axes
    found = [direction for direction in spread_directions(draws) if direction.size > UNDETERMINED]
    return [
        {"words": direction.words(axes), "doses": direction.doses.tolist(), "spread": direction.size}
        for direction in found
    ]
