"""Sweeps as they are kept: their rates and branches in the dataset, their critical points in the document."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from ...verdict import Measurement
from .points import CriticalPoint, critical_points, fold_shift, shift
from .sweep import Sweep


def sweep_facts(sweeps: Sequence[Sweep]) -> dict[str, Any] | None:
    """Return the critical points of every condition and their shifts as plain values; None without a sweep."""
    if not sweeps:
        return None
    found = [critical_points(sweep) for sweep in sweeps]
    return {
        "parameter": sweeps[0].parameter,
        "population": sweeps[0].parameter.split(".")[0],
        "factors": sweeps[0].factors.tolist(),
        "runs": len(sweeps[0].measured),
        "draws": len(sweeps[0].noisy),
        "conditions": [
            {
                "name": sweep.condition,
                "points": [_point(point) for point in points],
                "special_points": [{"kind": p.kind, "factor": p.value, "frequency": p.frequency} for p in sweep.points],
            }
            for sweep, points in zip(sweeps, found, strict=True)
        ],
        "shifts": [_shift(one, other) for points in found[1:] for one, other in zip(found[0], points, strict=True)],
    }


def _point(point: CriticalPoint) -> dict[str, Any]:
    sides = {
        "network": point.network, "infinite": point.infinite, "finite": point.finite, "fold": point.fold,
    }  # fmt: skip
    facts = {"name": point.name, "way": point.way, "runs": point.runs.tolist(), "step": point.step}
    return facts | {side: _measured(found) for side, found in sides.items()}


def _shift(before: CriticalPoint, after: CriticalPoint) -> dict[str, Any]:
    return {
        "name": after.name, "condition": after.condition, "network": _measured(shift(before, after)),
        "fold": _measured(fold_shift(before, after)),
    }  # fmt: skip


def _measured(found: Measurement | None) -> dict[str, Any] | None:
    if found is None or not np.isfinite(found.standard_error):
        return None
    return {"value": found.value, "error": found.standard_error, "interval": list(found.interval())}


def sweep_dataset(sweeps: Sequence[Sweep], names: Sequence[str]) -> xr.Dataset:
    """Return the rates of all sweeps and the branches of their mean fields; an empty dataset without a sweep."""
    if not sweeps:
        return xr.Dataset()
    rates = {
        "sweep_rate": ("rate of the network on the way", [s.measured.mean(axis=0) for s in sweeps]),
        "sweep_rate_error": (
            "its standard error over the runs",
            [s.measured.std(axis=0, ddof=1) / np.sqrt(len(s.measured)) for s in sweeps],
        ),
        "sweep_mean_field": ("rate of the mean field on the way", [s.predicted for s in sweeps]),
    }
    dims = ("sweep", "direction", "factor", "population")
    content: dict[str, Any] = {
        key: (dims, np.array(values), {"units": "Hz", "long_name": name}) for key, (name, values) in rates.items()
    }
    coords = {
        "sweep": [s.condition for s in sweeps], "direction": ["up", "down"], "factor": sweeps[0].factors,
        "population": list(names),
    }  # fmt: skip
    return xr.Dataset(content | _branches(sweeps, names), coords=coords)


def _branches(sweeps: Sequence[Sweep], names: Sequence[str]) -> dict[str, Any]:
    """Return the steady states of all branches one after the other, each with the places of its sweep and branch."""
    pieces = [(k, number, branch) for k, s in enumerate(sweeps) for number, branch in enumerate(s.branches)]
    if not pieces:
        return {}
    point = ("branch_point",)

    def joined(values: Any) -> np.ndarray:
        return np.concatenate([np.asarray(values(k, number, branch)) for k, number, branch in pieces])

    facts = {
        "branch_sweep": (lambda k, n, b: np.full(b.sizes["point"], k), "1", "place of the sweep"),
        "branch_number": (lambda k, n, b: np.full(b.sizes["point"], n), "1", "place of the branch in it"),
        "branch_factor": (lambda k, n, b: b["factor"].values, "1", "background over its usual rate"),
        "branch_unstable": (lambda k, n, b: b["unstable"].values, "1", "number of unstable eigenvalues"),
    }
    found: dict[str, Any] = {
        key: (point, joined(values), {"units": unit, "long_name": name}) for key, (values, unit, name) in facts.items()
    }
    rate = joined(lambda k, n, b: np.stack([b[f"{name}.rate"].values for name in names], axis=1))
    found["branch_rate"] = (("branch_point", "population"), rate, {"units": "Hz", "long_name": "steady rate"})
    return found
