"""From the result of a study to the parameters of a mass model: for every condition, with intervals and misfits."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ..bridge.calibration import (
    CALIBRATIONS,
    CalibratedModel,
    Calibration,
    EmpiricalTarget,
    EstimatedPopulation,
    Target,
)
from ..bridge.calibration.curve_gradient import WORKING
from ..bridge.calibration.intervals import model_units
from ..bridge.estimate import Estimate, EstimateRefused
from ..bridge.kernel_fit.families import build_kernel
from ..bridge.kernel_fit.waveform import from_onset
from ..bridge.sigmoid_fit.families import FAMILIES
from ..meanfield import CappedSigmoid, Kernel, Sigmoid, TabulatedKernel, TabulatedSigmoid
from .conditions import BASE
from .result import Result, ResultError, read_result
from .study.mistakes import unknown_name

Array = NDArray[np.floating]


class CalibrationError(ValueError):
    """What was asked of a calibration does not exist."""


_STORED = ("sigmoid_point", "sigmoid_covariance", "kernel_point", "kernel_covariance", "left_out")
# Potentials (V) about the operating point over which the input conductance is read, and the fewest levels for it.
_NEAR, _FEWEST = 10e-3, 4
# A monotone smooth is redrawn this often for its covariance.
_DRAWS = 60


def estimated_populations(result: Result) -> tuple[EstimatedPopulation, ...]:
    """Return the conditions of a study whose sigmoid and kernel were both estimated, the untouched population first.

    Parameters
    ----------
    result : Result
        What a run has found.

    Raises
    ------
    ResultError
        If the result was written before errors were stored with it.
    EstimateRefused
        If the untouched population has no sigmoid or no kernel.
    """
    dataset = result.dataset
    absent = [name for name in _STORED if name not in dataset]
    if absent:
        raise ResultError(
            f"This result has no {absent[0]}: it was written by an earlier version, which did not keep the errors of "
            "sigmoids and kernels; run the study again into this folder."
        )
    names = [str(name) for name in dataset["condition"].values]
    lost = refused_conditions(result)
    if BASE in lost:
        raise EstimateRefused(f"The untouched population cannot be calibrated: {lost[BASE]}")
    return tuple(_population(result, dataset.sel(condition=name)) for name in names if name not in lost)


def refused_conditions(result: Result) -> dict[str, str]:
    """Return why a condition has no complete estimate, for those that have none."""
    parts = {part: result.dataset[f"{part}_family"].values for part in ("sigmoid", "kernel")}
    found = {}
    for place, name in enumerate(str(name) for name in result.dataset["condition"].values):
        lacking = [part for part, families in parts.items() if not str(families[place])]
        if lacking:
            reasons = [row["reason"] for row in result.document["refusals"] if row["condition"] == name]
            found[name] = " ".join(reasons) or f"no {lacking[0]} was estimated."
    return found


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
    target = target_of(model, published, given)
    read = result if isinstance(result, Result) else read_result(Path(result))
    base, *modulated = estimated_populations(read)
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


def _population(result: Result, one: xr.Dataset) -> EstimatedPopulation:
    study = result.study
    sigmoid, sigmoid_names, sigmoid_covariance = _sigmoid(one)
    kernel, kernel_names, kernel_values, kernel_covariance = _kernel(one)
    drive, channel = float(result.dataset.attrs["operating_drive"]), study.kernel.afferent
    features = _features(one, "measured")
    level = float(result.document["provenance"]["level"])
    base = str(one["condition"].item()) == BASE
    conductance, error = _conductance(one, drive) if study.sigmoid.channel == "current" else (np.nan, 0.0)
    at = np.isclose(one["drive"].values, drive, rtol=1e-9, atol=0.0)
    v = one["v_free"].values
    return EstimatedPopulation(
        condition=str(one["condition"].item()),
        mechanism="" if base else str(one["mechanism"].item()),
        mode=str(one["mode"].item()),
        amount=float(one["amount"]),
        sigmoid=sigmoid,
        sigmoid_names=sigmoid_names,
        sigmoid_covariance=sigmoid_covariance,
        sigmoid_degrees=_DRAWS - 1 if isinstance(sigmoid, TabulatedSigmoid) else np.inf,
        kernel=kernel,
        kernel_names=kernel_names,
        kernel_values=kernel_values,
        kernel_covariance=kernel_covariance,
        kernel_degrees=float(one["kernel_degrees"]),
        channel=channel,
        operating_v=features["operating_v"].value,
        operating_v_error=features["operating_v"].standard_error,
        operating_rate=features["operating_rate"].value,
        operating_input=drive if study.sigmoid.channel == channel else study.population.afferent(channel).rate,
        sigma_v=float(np.mean(one["sigma_v"].values[at])),
        conductance=conductance,
        conductance_error=error,
        v_range=(float(np.nanmin(v)), float(np.nanmax(v))),
        features=features,
        changes={} if base else _features(one, "change"),
        left_out=_left_out(one),
        rate_ratio=_rate_ratio(result.dataset) if base else None,
        level=level,
    )


def _sigmoid(one: xr.Dataset) -> tuple[Sigmoid, tuple[str, ...], Array]:
    point, knot = one["sigmoid_point"].values, one["sigmoid_knot"].values
    size = int(np.sum(np.isfinite(point)))
    point, knot = point[:size], knot[:size]
    covariance = one["sigmoid_covariance"].values[:size, :size]
    family, cap = str(one["sigmoid_family"].item()), float(one["sigmoid_cap"])
    if family == "tabulated":
        whole = TabulatedSigmoid(knot, point)
        top = float(whole(cap)) if cap < knot[-1] else None
        return TabulatedSigmoid(knot, point, cap=top), tuple(f"rate_{k}" for k in range(size)), covariance
    if family not in FAMILIES:
        raise EstimateRefused(
            f"A sigmoid of the {family} family cannot be calibrated; set sigmoid.family = 'auto' and run again."
        )
    inner = FAMILIES[family].build(point)
    return inner if np.isnan(cap) else CappedSigmoid(inner, cap), WORKING[:size], covariance


def _kernel(one: xr.Dataset) -> tuple[Kernel, tuple[str, ...], tuple[float, ...], Array]:
    values = one["kernel_point"]
    own = np.isfinite(values.values)
    names = tuple(str(name) for name in values["kernel_parameter"].values[own])
    covariance = one["kernel_covariance"].values[np.ix_(own, own)]
    point = tuple(float(x) for x in values.values[own])
    family = str(one["kernel_family"].item())
    if family == "tabulated":
        time, response = from_onset(one["lag"].values, one["kernel"].values)
        table = TabulatedKernel(time, response)
        return table, names, (table.area, table.mean_lag), covariance
    return build_kernel(family, dict(zip(names, point, strict=True))), names, point, covariance


def _conductance(one: xr.Dataset, drive: float) -> tuple[float, float]:
    """Return the slope dI/dV (S) at the operating drive (A), from a parabola through near levels, and its error."""
    order = np.argsort(one["drive"].values)
    current, v, error = (one[name].values[order] for name in ("drive", "v_free", "v_free_se"))
    centre = float(np.interp(drive, current[np.isfinite(current)], v[np.isfinite(current)]))
    near = np.isfinite(v) & (np.abs(v - centre) < _NEAR)
    if np.sum(near) < _FEWEST:
        return np.nan, 0.0
    size = float(np.ptp(current[near]))
    design = np.vander((current[near] - drive) / size, 3, increasing=True) / error[near, None]
    solution = np.linalg.lstsq(design, v[near] / error[near], rcond=None)[0]
    spread = float(np.sqrt(np.linalg.inv(design.T @ design)[1, 1]))
    return size / float(solution[1]), size * spread / float(solution[1]) ** 2


def _features(one: xr.Dataset, kind: str) -> dict[str, Estimate]:
    columns = [one[f"{kind}{ending}"].values for ending in ("", "_se", "_low", "_high")]
    rows = zip(one["feature"].values, one["feature_unit"].values, np.transpose(columns).tolist(), strict=True)
    return {
        str(name): Estimate(value, error, (low, high), str(unit))
        for name, unit, (value, error, low, high) in rows
        if np.isfinite(value)
    }


def _left_out(one: xr.Dataset) -> tuple[dict[str, float], ...]:
    names: Sequence[str] = [str(name) for name in one["feature"].values]
    rows = one["left_out"].values
    found = [{n: float(x) for n, x in zip(names, row, strict=True) if np.isfinite(x)} for row in rows]
    return tuple(row for row in found if row)


def _rate_ratio(dataset: xr.Dataset) -> Array | None:
    """Return frequencies and the ratio of the rate's transfer to the potential's, None if it was not measured."""
    if "h_r_transfer" not in dataset:
        return None
    return np.array([dataset["frequency"].values, (dataset["h_r_transfer"] / dataset["h_v_transfer"]).values])
