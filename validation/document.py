"""The verdicts of a study as one JSON document: what the report says, for people and for programs."""

import sys
from importlib.metadata import version
from typing import Any

import numpy as np

from ..bridge.estimate import Estimate
from ..bridge.prediction import has_linear_theory
from ..bridge.rate_kernel import reduction_error
from ..bridge.theory_signs import theory_signs
from ..bridge.validity import check_validity
from ..spiking import MECHANISMS
from ..spiking.engine import describe_machine
from .claims import claim_rows
from .dose import dose_rows
from .findings import Findings
from .interaction import interaction_rows
from .levers import lever_row, number
from .margins import read_margins
from .plain import plain as plain
from .result import SCHEMA

_FREQUENCIES = np.array([2.0, 5.0, 10.0, 20.0, 40.0])  # Hz, where the two kernels are compared


def document(findings: Findings) -> dict[str, Any]:
    """Return the report's content as plain JSON values; what is missing is null or listed under ``refusals``."""
    rows = lever_rows(findings)
    return plain(
        {
            "schema": SCHEMA,
            "provenance": _provenance(findings),
            "base": _base(findings),
            "levers": rows,
            "doses": dose_rows(findings),
            "interactions": interaction_rows(findings),
            "claims": claim_rows(findings),
            "dynamics": list(findings.unseen.scores),
            "validity": _validity(findings),
            "refusals": _refusals(findings),
        }
    )


def lever_rows(findings: Findings) -> list[dict[str, Any]]:
    """Return the lever map."""
    margins, level = read_margins(), findings.study.report.level
    base, base_prediction = findings.measured[findings.base].features, findings.predicted[findings.base].features
    rows = []
    for condition in findings.conditions[1:]:
        measured, predicted = findings.measured[condition.name], findings.predicted[condition.name]
        row = lever_row(condition, measured.features, base, predicted.features, base_prediction, margins, level)
        row["family"] = None if measured.sigmoid is None else measured.sigmoid.family
        rows.append(row)
    return rows


def _provenance(findings: Findings) -> dict[str, Any]:
    study, machine = findings.study, findings.machine
    notes = [f"Simulated with the {machine.target} target of Brian2 in {machine.precision}."]
    notes += (
        [] if findings.sampling.sampling.met else ["The budget was spent before the wanted standard errors were met."]
    )
    used = {source for c in findings.conditions[1:] for source in MECHANISMS[c.mechanism].reading(c.mode).sources}
    signs = (theory_signs().get(c.mechanism) for c in findings.conditions[1:])
    used |= {source for expected in signs if expected for source in expected.sources}
    used |= {"shine2021", "stimberg2019", "schuirmann1987"} | (
        {study.calibration.source} if study.calibration else set()
    )
    return {
        "title": study.title,
        "version": version("mesobridge"),
        "seed": study.seed,
        "target": machine.target,
        "precision": machine.precision,
        "machine": describe_machine(machine) | {"python": sys.version.split()[0]},
        "started": findings.started,
        "seconds": round(findings.seconds, 1),
        "neuron_seconds": round(findings.neuron_seconds),
        "notes": notes,
        "level": study.report.level,
        "studies_papers": sorted(used - {""}),
    }


def _estimates(found: dict[str, Estimate]) -> dict[str, Any]:
    return {
        name: {"value": e.value, "standard_error": e.standard_error, "interval": list(e.interval), "unit": e.unit}
        for name, e in found.items()
    }


def _base(findings: Findings) -> dict[str, Any]:
    measured, level = findings.measured[findings.base], findings.study.report.level
    sigmoid, kernel = measured.sigmoid, measured.kernel
    content: dict[str, Any] = {
        "population": findings.conditions[0].population.name,
        "operating_drive": findings.plan.operating_drive,
        "channel": findings.study.sigmoid.channel,
    }
    if sigmoid is not None:
        content |= {
            "family": sigmoid.family,
            "q_max_definition": sigmoid.q_max_definition,
            "v_cap": sigmoid.v_cap,
            "extrapolated": sigmoid.extrapolated,
            "sigmoid_parameters": _estimates(sigmoid.parameters),
            "families": {name: vars(criteria) for name, criteria in findings.base_fit.criteria.items()},
            "warnings": list(dict.fromkeys((*findings.base_fit.warnings, *sigmoid.warnings))),
        }
    if kernel is not None:
        content |= {
            "kernel_family": kernel.family,
            "kernel_parameters": _estimates(kernel.parameters),
            "super_additivity": _estimates(kernel.super_additivity),
            "linearity": _estimates(kernel.linearity),
        }
        content["warnings"] = [*content.get("warnings", []), *kernel.warnings]
    names = ("operating_v", "operating_rate", "operating_slope", "gain")
    found = {name: measured.features.measure(name) for name in names}
    content["operating"] = {name: None if m is None else number(m, level) for name, m in found.items()}
    return content | _width_split(findings) | _calibration(findings) | _reduction_error(findings)


def _reduction_error(findings: Findings) -> dict[str, Any]:
    """Return the mean lag of the rate kernel over that of the potential's: 1 where the reduction is exact."""
    rate_kernel, kernel = findings.unseen.rate_kernel, findings.measured[findings.base].kernel
    if rate_kernel is None or kernel is None:
        return {"reduction_error": None}
    lag = findings.measured[findings.base].features.measure("mean_lag")
    error = 0.0 if lag is None else lag.standard_error
    found = reduction_error(rate_kernel, kernel.kernel, _FREQUENCIES, mean_lag_error=error)
    lags = {"lag_ratio": found.lag_ratio, "rate_mean_lag": rate_kernel.mean_lag}
    ratios = zip(found.frequency, found.transfer_ratio, found.transfer_ratio_error, strict=True)
    transfer = [{"frequency": f, "value": ratio, "standard_error": se} for f, ratio, se in ratios]
    return {"reduction_error": _estimates(lags) | {"transfer_ratio": transfer}}


def _calibration(findings: Findings) -> dict[str, Any]:
    found, simulated = findings.calibration, findings.calibrated_rates
    if found is None or simulated is None:
        return {}
    slope = float(np.polyfit(found.current, simulated, 1)[0])
    curve = {"current": found.current.tolist(), "rate": found.rate.tolist(), "target": found.target.tolist()}
    fit = {"error": found.error, "slope": found.slope, "target_slope": found.target_slope}
    fit |= {"simulated": simulated.tolist(), "simulated_slope": slope}
    return {"calibration": {"parameters": found.values, **curve, **fit}}


def _width_split(findings: Findings) -> dict[str, Any]:
    split = findings.width_split
    if split is None:
        return {"width_split": None}
    parts = {name: getattr(split, name) for name in ("total", "quenched", "temporal", "gap")}
    return {"width_split": _estimates(parts)}


def _validity(findings: Findings) -> list[dict[str, Any]]:
    condition = findings.conditions[0]
    if not has_linear_theory(condition.population):
        return []
    current = findings.plan.operating_drive if findings.study.sigmoid.channel == "current" else 0.0
    checks = check_validity(condition.population, current=current, dt=findings.study.simulation.dt)
    return [
        {
            "condition": condition.name, "check": check.id, "name": check.name, "sentence": check.sentence,
            "value": check.value, "bound": list(check.bounds), "ok": check.ok, "advice": check.advice,
        }
        for check in checks
    ]  # fmt: skip


def _refusals(findings: Findings) -> list[dict[str, str]]:
    rows = []
    for condition in (*findings.conditions, *findings.combinations):
        refused = findings.measured[condition.name].refusals + findings.predicted[condition.name].refusals
        rows += [{"condition": condition.name, "what": what, "reason": reason} for what, reason in refused]
    rows += [{"condition": findings.base, "what": what, "reason": reason} for what, reason in findings.unseen.refusals]
    return rows
