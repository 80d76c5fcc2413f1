"""A calibration beside the result it was made from: calibration.json, which the report picks up."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ..bridge.calibration import (
    CALIBRATIONS,
    CalibratedModel,
    CalibratedParameter,
    Calibration,
    EstimatedPopulation,
    ParameterChange,
    Target,
)
from ..bridge.calibration.misfit import operating_range
from ..bridge.estimate import Estimate
from .plain import plain
from .result import ResultError, whole_file

SCHEMA = "mesobridge.calibrations/1"
FILE = "calibration.json"

_POTENTIALS, _LAGS = 81, 101
_MEAN_LAGS = 4.0


def calibration_document(calibration: Calibration, populations: Sequence[EstimatedPopulation]) -> dict[str, Any]:
    """Return a calibration as plain JSON values, with the curves of estimate and model.

    Parameters
    ----------
    calibration : Calibration
        What was found.
    populations : sequence of EstimatedPopulation
        What it was made from, the untouched one first.
    """
    target = CALIBRATIONS[calibration.base.model]
    by_name = {population.condition: population for population in populations}
    return plain(
        {
            "model": target.name,
            "title": target.title,
            "study": calibration.title,
            "cell": calibration.cell,
            "citation": calibration.citation,
            "provenance": calibration.provenance,
            "from_cells": target.parameters,
            "conditions": [_condition(model, by_name[model.condition], populations[0]) for model in calibration.models],
        }
    )


def _condition(model: CalibratedModel, population: EstimatedPopulation, base: EstimatedPopulation) -> dict[str, Any]:
    return {
        "condition": model.condition,
        "mechanism": model.mechanism,
        "mode": model.mode,
        "amount": model.amount,
        "parameters": {one.name: _parameter(one) for one in model.parameters},
        "covariance": model.covariance.tolist(),
        "changes": {one.name: _change(one) for one in model.changes},
        "misfits": [asdict(one) for one in model.misfits],
        "curves": _curves(model, population, base),
    }


def _number(estimate: Estimate) -> dict[str, Any]:
    return {
        "value": estimate.value,
        "standard_error": estimate.standard_error,
        "interval": list(estimate.interval),
        "unit": estimate.unit,
    }


def _parameter(one: CalibratedParameter) -> dict[str, Any]:
    return _number(one.estimate) | {"source": one.source, "note": one.note}


def _change(one: ParameterChange) -> dict[str, Any]:
    ratio = None if one.ratio is None else _number(one.ratio)
    return {"difference": _number(one.difference), "ratio": ratio, "paired": one.paired}


def _curves(
    model: CalibratedModel, population: EstimatedPopulation, base: EstimatedPopulation
) -> dict[str, list[float] | float]:
    """Return sigmoid and kernel of the estimate and of the model on common grids, SI."""
    target = CALIBRATIONS[model.model]
    v = np.linspace(*operating_range(population), _POTENTIALS)
    lag = np.linspace(0.0, _MEAN_LAGS * float(population.kernel.mean_lag), _LAGS)
    curves = {"v": v, "rate": population.sigmoid(v), "lag": lag, "kernel": population.kernel(lag)}
    if isinstance(target, Target):
        reduced = target.reduced_of(model, population, base)
        curves |= {"model_rate": reduced.rate(v), "model_kernel": reduced.kernel(lag)}
    listed: dict[str, list[float] | float] = {name: np.asarray(values).tolist() for name, values in curves.items()}
    return listed | {"operating_v": population.operating_v}


def write_calibration(document: Mapping[str, Any], folder: Path) -> Path:
    """Add a calibration to those that the folder of a result keeps, in place of an older one of the same model."""
    kept = {one["model"]: one for one in read_calibrations(folder, document["provenance"].get("started"))}
    models = kept | {str(document["model"]): dict(document)}
    path = folder / FILE
    text = json.dumps({"schema": SCHEMA, "calibrations": list(models.values())}, allow_nan=False)
    with whole_file(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")
    return path


def read_calibrations(folder: Path, started: str | None) -> list[dict[str, Any]]:
    """Return the calibrations that a folder keeps of the run that started then: none of an earlier run.

    Raises
    ------
    ResultError
        If the file is damaged or of another version.
    """
    path = folder / FILE
    if not path.is_file():
        return []
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ResultError(f"{path} cannot be read ({error}); remove it and calibrate again.") from error
    schema = found.get("schema") if isinstance(found, dict) else None
    if schema != SCHEMA:
        raise ResultError(f"{path} has schema {schema!r}, not {SCHEMA!r}; remove it and calibrate again.")
    return [one for one in found["calibrations"] if one["provenance"].get("started") == started]
