"""JSON: everything a calibration holds, and the way back."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from ..calibration.calibrated_model import CalibratedModel, CalibratedParameter, Calibration, Misfit, ParameterChange
from ..estimate import Estimate
from .export import stem
from .facts import SCHEMA, facts
from .parts import instance_of


def write_json(calibration: Calibration, folder: Path) -> tuple[Path, ...]:
    """Write one JSON file with all conditions, in SI."""
    path = folder / f"{stem(calibration, 'calibration')}.json"
    text = json.dumps(facts(calibration), indent=1, default=plain_value, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")
    return (path,)


def plain_value(value: Any) -> Any:
    """Return what JSON has no word for as something it has."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    return str(value)


def read_json(path: Path | str) -> Calibration:
    """Return the calibration that a JSON export holds.

    Raises
    ------
    ValueError
        If the file is something else.
    """
    return calibration_of(json.loads(Path(path).read_text(encoding="utf-8")), str(path))


def calibration_of(data: dict[str, Any], where: str) -> Calibration:
    """Return the calibration behind plain data, as `facts` makes them.

    Raises
    ------
    ValueError
        If the schema is another one.
    """
    if data.get("schema") != SCHEMA:
        raise ValueError(
            f"{where} has schema {data.get('schema')!r}, not {SCHEMA!r}; give a file that the export wrote."
        )
    return Calibration(
        title=data["title"],
        models=tuple(_model(one) for one in data["models"]),
        cell=data["cell"],
        validity=tuple(data["validity"]),
        citation=tuple(data["citation"]),
        provenance=data["provenance"],
    )


def _model(data: dict[str, Any]) -> CalibratedModel:
    return CalibratedModel(
        model=data["model"],
        condition=data["condition"],
        mechanism=data["mechanism"],
        mode=data["mode"],
        amount=math.nan if data["amount"] is None else data["amount"],
        parameters=tuple(_parameter(name, one) for name, one in data["parameters"].items()),
        covariance=np.reshape(data["covariance"], (len(data["parameters"]),) * 2),
        instance=instance_of(data["instance"]),
        misfits=tuple(Misfit(**one) for one in data["misfits"]),
        changes=tuple(_change(name, one) for name, one in data.get("changes", {}).items()),
    )


def _parameter(name: str, data: dict[str, Any]) -> CalibratedParameter:
    return CalibratedParameter(name=name, estimate=_estimate(data), source=data["source"], note=data["note"])


def _change(name: str, data: dict[str, Any]) -> ParameterChange:
    ratio = None if data["ratio"] is None else _estimate(data["ratio"])
    return ParameterChange(name=name, difference=_estimate(data["difference"]), ratio=ratio, paired=data["paired"])


def _estimate(data: dict[str, Any]) -> Estimate:
    low, high = data["interval"]
    return Estimate(data["value"], data["standard_error"], (low, high), data["unit"], data["level"])
