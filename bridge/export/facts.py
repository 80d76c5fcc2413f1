"""What every exported file says of itself: the cell, units, intervals, validity, citation and provenance."""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ...meanfield import EmpiricalMass
from ..calibration.calibrated_model import CalibratedModel, CalibratedParameter, Calibration, Misfit, ParameterChange
from ..estimate import Estimate
from .parts import plain_instance

SCHEMA = "mesobridge.calibration/1"
_PACKAGE = Path(__file__).resolve().parents[2]
_WIDTH = 116


@cache
def _bibliography() -> dict[str, str]:
    text = (_PACKAGE / "validation" / "report" / "references.bib").read_text(encoding="utf-8")
    return {
        entry.group(1): entry.group(0).strip() for entry in re.finditer(r"^@\w+\{([^,]+),.*?^\}", text, re.M | re.S)
    }


def citations(calibration: Calibration) -> dict[str, str]:
    """Return the papers behind a calibration and its model, key and BibTeX entry."""
    instance = calibration.base.instance
    own = () if isinstance(instance, EmpiricalMass) else (type(instance).CITATION,)
    return {key: _bibliography().get(key, "") for key in dict.fromkeys((*calibration.citation, *own))}


def plain_estimate(estimate: Estimate) -> dict[str, Any]:
    """Return a number with its interval as plain data."""
    return {
        "value": estimate.value,
        "standard_error": estimate.standard_error,
        "interval": list(estimate.interval),
        "level": estimate.level,
        "unit": estimate.unit,
    }


def plain_parameter(parameter: CalibratedParameter) -> dict[str, Any]:
    """Return a parameter as plain data."""
    return {**plain_estimate(parameter.estimate), "source": parameter.source, "note": parameter.note}


def plain_change(change: ParameterChange) -> dict[str, Any]:
    """Return the change of a parameter against the untouched population as plain data."""
    return {
        "difference": plain_estimate(change.difference),
        "ratio": None if change.ratio is None else plain_estimate(change.ratio),
        "paired": change.paired,
    }


def plain_model(model: CalibratedModel) -> dict[str, Any]:
    """Return one condition as plain data."""
    return {
        "model": model.model,
        "condition": model.condition,
        "mechanism": model.mechanism,
        "mode": model.mode,
        "amount": model.amount if math.isfinite(model.amount) else None,
        "parameters": {one.name: plain_parameter(one) for one in model.parameters},
        "covariance": model.covariance.tolist(),
        "changes": {one.name: plain_change(one) for one in model.changes},
        "misfits": [asdict(misfit) for misfit in model.misfits],
        "instance": plain_instance(model.instance),
    }


def facts(calibration: Calibration) -> dict[str, Any]:
    """Return a calibration as plain data: what JSON holds, and what other formats carry beside the model."""
    return {
        "schema": SCHEMA,
        "title": calibration.title,
        "units": "SI: V, s, Hz, A, S, F; 1 is a pure number",
        "cell": calibration.cell,
        "validity": [dict(check) for check in calibration.validity],
        "citation": citations(calibration),
        "provenance": {**calibration.provenance, **_written()},
        "models": [plain_model(model) for model in calibration.models],
    }


def _written() -> dict[str, str]:
    return {"exported_with": f"mesobridge {version('mesobridge')}", "exported_on": date.today().isoformat()}


def header(calibration: Calibration, units: str, notes: tuple[str, ...] = ()) -> list[str]:
    """Return the lines that stand at the top of a file, without comment signs.

    Parameters
    ----------
    calibration : Calibration
        What the file holds.
    units : str
        One sentence about the units of the numbers in the file.
    notes : tuple of str
        Sentences about this file.
    """
    lines = [
        f"{calibration.base.model}: {calibration.title}",
        f"Units: {units}",
        *notes,
        "",
        "Made for this population:",
    ]
    lines += [f"  {line}" for line in _leaves(calibration.cell)]
    lines += ["", "Validity of the reduction:"] + [
        f"  {line}" for line in _checks(calibration.validity, calibration.base.condition)
    ]
    provenance = {**calibration.provenance, **_written()}
    lines += ["", "Provenance:"] + [f"  {line}" for line in _leaves(provenance)]
    lines += ["", "Please cite:"]
    for key, entry in citations(calibration).items():
        lines += [f"  {line}" for line in (entry or key).splitlines()]
    return [piece for line in lines for piece in _folded(line)]


def _folded(line: str) -> Iterator[str]:
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    while len(line) > _WIDTH:
        cut = line.rfind(" ", len(indent) + 1, _WIDTH)
        if cut < 0:
            break
        yield line[:cut]
        line = indent + line[cut + 1 :]
    yield line


def _leaves(value: Any, name: str = "") -> Iterator[str]:
    if isinstance(value, dict) and set(value) != {"value", "unit"}:
        for key, inner in value.items():
            yield from _leaves(inner, f"{name}.{key}" if name else str(key))
    elif isinstance(value, dict):
        yield f"{name}: {value['value']} {value['unit']}"
    else:
        yield f"{name}: {value if isinstance(value, str) else json.dumps(value, default=str)}"


def _checks(validity: tuple[dict[str, Any], ...], base: str) -> Iterator[str]:
    """Return the checks of the untouched population, and those that fail elsewhere."""
    for check in validity:
        if check.get("condition", base) == base or not check.get("ok", True):
            yield _check(check)


def _check(check: dict[str, Any]) -> str:
    if not {"name", "value", "ok", "sentence"} <= set(check):
        return ", ".join(f"{key}: {value}" for key, value in check.items())
    low, high = check.get("bound", (None, None))
    bounds = f", wanted {'below' if low in (None, 0.0) else f'{low:g} to'} {high:g}" if high is not None else ""
    bounds = bounds or (f", wanted above {low:g}" if low is not None else "")
    where = f" in {check['condition']}" if "condition" in check else ""
    verdict = "holds" if check["ok"] else f"FAILS; {check.get('advice', '')}".rstrip("; ")
    value = f"{check['value']:.3g}" if isinstance(check["value"], float | int) else str(check["value"])
    return f"{check['name']}{where}: {value}{bounds}: {verdict} ({check['sentence']})"


def interval_text(parameter: CalibratedParameter, factor: float = 1.0) -> str:
    """Return the interval and source of a parameter as a short remark, in the unit of the file."""
    estimate = parameter.estimate
    if estimate.standard_error == 0:
        return parameter.source
    low, high = (bound * factor for bound in estimate.interval)
    return f"{parameter.source}, {100 * estimate.level:g} % interval {low:.6g} to {high:.6g}"


def change_text(change: ParameterChange) -> str:
    """Return the change against the untouched population as a short remark, in SI."""
    how = "paired" if change.paired else "independent errors"
    found, words = (change.difference, "differs by") if change.ratio is None else (change.ratio, "times")
    low, high = found.interval
    return f"{words} {found.value:.4g} ({low:.4g} to {high:.4g}, {how}) against the untouched population"


def condition_lines(model: CalibratedModel, extra: tuple[Misfit, ...] = ()) -> list[str]:
    """Return what a file says of one condition: parameters in SI with intervals, and misfits."""
    amount = f", amount {model.amount:g}" if math.isfinite(model.amount) else ""
    lever = f" ({model.mechanism}, {model.mode}{amount})" if model.mechanism else ""
    changes = {one.name: one for one in model.changes}
    lines = [f"condition {model.condition}{lever}; parameters in SI with their intervals:"]
    for one in model.parameters:
        unit = "" if one.estimate.unit == "1" else f" {one.estimate.unit}"
        note = f"; {one.note}" if one.note else ""
        note += f"; {change_text(changes[one.name])}" if one.name in changes else ""
        lines.append(f"  {one.name} = {one.estimate.value!r}{unit} ({interval_text(one)}{note})")
    for misfit in (*model.misfits, *extra):
        lines.append(f"  not expressed: {misfit.name}: {misfit.sentence}{costs_text(misfit)}")
    return [piece for line in lines for piece in _folded(line)]


def costs_text(misfit: Misfit) -> str:
    """Return what a misfit costs, in brackets, or nothing."""
    costs = {
        "rate": (misfit.rate_error, "Hz"),
        "gain": (misfit.gain_error, "relative"),
        "spectrum": (misfit.spectrum_error, "log10 units"),
    }
    said = [f"{name} {value:.3g} {unit}" for name, (value, unit) in costs.items() if value is not None]
    return f" (errors: {', '.join(said)})" if said else ""
