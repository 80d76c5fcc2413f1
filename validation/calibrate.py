"""From the result of a study to the parameters of a mass model: for every condition, with intervals and misfits."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..bridge.calibration import (
    CALIBRATIONS,
    CalibratedModel,
    Calibration,
    EmpiricalTarget,
    EstimatedPopulation,
    Target,
)
from ..bridge.calibration.intervals import model_units
from ..bridge.estimate import EstimateRefused
from .calibration_populations import estimated_populations, refused_conditions
from .result import Result, read_result
from .study.mistakes import unknown_name

Array = NDArray[np.floating]


class CalibrationError(ValueError):
    """What was asked of a calibration does not exist."""


def calibrate(
    result: Result | str | Path,
    model: str,
    *,
    published: str | None = None,
    match: Literal["curve", "operating"] = "curve",
    given: Mapping[str, float] | None = None,
) -> Calibration:
    """Return a mass model for the untouched population and for every modulated one.

    Parameters
    ----------
    result : Result or path
        What a run has found, or its folder.
    model : str
        Name of the target, e.g. ``"jansen-rit"``; see `mesobridge.bridge.calibration.CALIBRATIONS`.
    published : str, optional
        Published set that gives what cells do not determine; the standard one unless named.
    match : {"curve", "operating"}
        Whether a logistic takes maximum, middle and width of the estimated sigmoid, or its maximum and its rate and
        slope at the operating point.
    given : mapping of str to float, optional
        Parameters that the user knows better, SI.

    Raises
    ------
    CalibrationError
        If there is no such model, published set or parameter.
    ResultError
        If the result cannot be read or is too old.
    EstimateRefused
        If the untouched population cannot be written in this model.
    """
    read = result if isinstance(result, Result) else read_result(Path(result))
    target = target_of(model, published, given)
    return calibrated(target, read, estimated_populations(read), published=published, match=match, given=given)


def calibrated(
    target: Target | EmpiricalTarget,
    read: Result,
    populations: Sequence[EstimatedPopulation],
    *,
    published: str | None,
    match: Literal["curve", "operating"],
    given: Mapping[str, float] | None,
) -> Calibration:
    """Return the target for populations that were read from a result; see `calibrate`."""
    base, *modulated = populations
    asked: dict[str, Any] = {"published": published, "match": match, "given": given}
    first = target.calibrate(base, **asked)
    models: list[CalibratedModel] = [first]
    refusals = refused_conditions(read)
    for population in modulated:
        try:
            models.append(target.calibrate(population, base=base, base_model=first, **asked))
        except EstimateRefused as refused:
            refusals[population.condition] = refused.reason
    return Calibration(
        title=str(read.document["provenance"]["title"]),
        models=tuple(models),
        cell=_cell(read, base),
        validity=tuple(read.document["validity"]),
        citation=target.citation,
        provenance=_provenance(read, match, refusals),
    )


def target_of(
    model: str, published: str | None = None, given: Mapping[str, float] | None = None
) -> Target | EmpiricalTarget:
    """Return the target of this name that has the published set and the parameters asked for.

    Raises
    ------
    CalibrationError
        If there is no such model, published set or parameter.
    """
    if model not in CALIBRATIONS:
        raise CalibrationError(unknown_name("model", model, list(CALIBRATIONS)))
    target = CALIBRATIONS[model]
    known = model_units(target.model) if isinstance(target, Target) else {}
    sets = target.model.published_sets() if isinstance(target, Target) else ()
    if published is not None and published not in sets:
        raise CalibrationError(unknown_name(f"published set of {model}", published, list(sets)))
    for name in given or {}:
        if name not in known:
            raise CalibrationError(unknown_name(f"parameter of {model}", name, list(known)))
    return target


def _cell(result: Result, base: EstimatedPopulation) -> dict[str, Any]:
    study = tomllib.loads(result.study.resolved_toml())
    section = result.document["base"]
    operating = {
        "channel of the kernel": base.channel,
        "input": {"value": base.operating_input, "unit": "Hz"},
        "mean free potential": {"value": base.operating_v, "unit": "V"},
        "rate": {"value": base.operating_rate, "unit": "Hz"},
        "channel of the drive": section["channel"],
        "drive": {"value": section["operating_drive"], "unit": "A" if section["channel"] == "current" else "Hz"},
    }
    fitted = (section.get("calibration") or {}).get("parameters")
    cell = {"population": study["population"], "operating point": operating}
    return cell | ({"fitted to a measured f-I curve (SI)": fitted} if fitted else {})


def _provenance(result: Result, match: str, refusals: Mapping[str, str]) -> dict[str, Any]:
    made = result.document["provenance"]
    kept = {name: made[name] for name in ("version", "seed", "target", "precision", "started", "level") if name in made}
    return kept | {"match of the sigmoid": match, "left out": dict(refusals)}
