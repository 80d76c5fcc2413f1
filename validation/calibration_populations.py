"""From the result of a study to what is known of its populations: sigmoid and kernel with errors, by condition."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ..bridge.calibration import EstimatedPopulation
from ..bridge.calibration.curve_gradient import WORKING
from ..bridge.estimate import Estimate, EstimateRefused
from ..bridge.kernel_fit.families import build_kernel
from ..bridge.kernel_fit.waveform import from_onset
from ..bridge.sigmoid_fit.families import FAMILIES
from ..meanfield import CappedSigmoid, Kernel, Sigmoid, TabulatedKernel, TabulatedSigmoid
from .conditions import BASE
from .result import Result, ResultError

Array = NDArray[np.floating]
Row = Mapping[str, Any]

JOINT = "joint_"
"""Stands in results.nc before the name of what was estimated of two levers at once."""

_STORED = ("sigmoid_point", "sigmoid_covariance", "kernel_point", "kernel_covariance", "left_out")
# Potentials (V) about the operating point over which the input conductance is read, and the fewest levels for it.
_NEAR, _FEWEST = 10e-3, 4
# A monotone smooth is redrawn this often for its covariance.
_DRAWS = 60


@dataclass(frozen=True)
class _Stored:
    """What results.nc has of one condition: arrays by the names they have there, ``joint_`` left away."""

    name: str
    mechanism: str
    mode: str
    amount: float
    row: Row

    def lacks(self) -> list[str]:
        """Return which curves were refused."""
        return [part for part in ("sigmoid", "kernel") if not str(self.row[f"{part}_family"])]


def estimated_populations(result: Result) -> tuple[EstimatedPopulation, ...]:
    """Return the conditions of a study whose sigmoid and kernel were both estimated, the untouched population first.

    Two levers at once come last; their amount is not a number, that of each stands in their name.

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
    absent = [name for name in _STORED if name not in result.dataset]
    if absent:
        raise ResultError(
            f"This result has no {absent[0]}: it was written by an earlier version, which did not keep the errors of "
            "sigmoids and kernels; run the study again into this folder."
        )
    lost = refused_conditions(result)
    if BASE in lost:
        raise EstimateRefused(f"The untouched population cannot be calibrated: {lost[BASE]}")
    return tuple(_population(result, one) for one in _conditions(result.dataset) if one.name not in lost)


def refused_conditions(result: Result) -> dict[str, str]:
    """Return why a condition has no complete estimate, for those that have none."""
    found = {}
    for one in _conditions(result.dataset):
        if lacking := one.lacks():
            reasons = [row["reason"] for row in result.document["refusals"] if row["condition"] == one.name]
            found[one.name] = " ".join(reasons) or f"no {lacking[0]} was estimated."
    return found


def _conditions(dataset: xr.Dataset) -> Iterator[_Stored]:
    """Yield every condition, single levers first, then two at once."""
    rows = {str(row["condition"]): row for row in _rows(dataset, "condition", "")}
    for name, row in rows.items():
        yield _Stored(name, str(row["mechanism"]), str(row["mode"]), float(row["amount"]), row)
    for row in _rows(dataset, "combination", JOINT) if f"{JOINT}sigmoid_point" in dataset else ():
        parts = [rows[str(row[f"{which}_condition"])] for which in ("first", "second")]
        mechanism, mode = (" + ".join(dict.fromkeys(str(p[key]) for p in parts)) for key in ("mechanism", "mode"))
        yield _Stored(str(row["combination"]), mechanism, mode, np.nan, row)


def _rows(dataset: xr.Dataset, dimension: str, prefix: str) -> Iterator[Row]:
    """Yield what holds at each place of a dimension, as plain arrays: labels would cost more than the mathematics."""
    shared = {str(name): one.values for name, one in dataset.variables.items() if dimension not in one.dims}
    own = {
        str(name).removeprefix(prefix): one.transpose(dimension, ...).values
        for name, one in dataset.variables.items()
        if dimension in one.dims
    }
    shared |= {name.removeprefix(prefix): values for name, values in shared.items() if name.startswith(prefix)}
    for place in range(dataset.sizes[dimension]):
        yield shared | {name: values[place] for name, values in own.items()}


def _population(result: Result, stored: _Stored) -> EstimatedPopulation:
    study, one = result.study, stored.row
    sigmoid, sigmoid_names, sigmoid_covariance = _sigmoid(one)
    kernel, kernel_names, kernel_values, kernel_covariance = _kernel(one)
    drive, channel = float(result.dataset.attrs["operating_drive"]), study.kernel.afferent
    features = _features(one, "measured")
    level = float(result.document["provenance"]["level"])
    base = stored.name == BASE
    conductance, error = _conductance(one, drive) if study.sigmoid.channel == "current" else (np.nan, 0.0)
    at = np.isclose(one["drive"], drive, rtol=1e-9, atol=0.0)
    v = one["v_free"]
    return EstimatedPopulation(
        condition=stored.name,
        mechanism="" if base else stored.mechanism,
        mode=stored.mode,
        amount=stored.amount,
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
        sigma_v=float(np.mean(one["sigma_v"][at])),
        conductance=conductance,
        conductance_error=error,
        v_range=(float(np.nanmin(v)), float(np.nanmax(v))),
        features=features,
        changes={} if base else _features(one, "change"),
        left_out=_left_out(one),
        rate_ratio=_rate_ratio(result.dataset) if base else None,
        level=level,
    )


def _sigmoid(one: Row) -> tuple[Sigmoid, tuple[str, ...], Array]:
    point, knot = one["sigmoid_point"], one["sigmoid_knot"]
    size = int(np.sum(np.isfinite(point)))
    point, knot = point[:size], knot[:size]
    covariance = one["sigmoid_covariance"][:size, :size]
    family, cap = str(one["sigmoid_family"]), float(one["sigmoid_cap"])
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


def _kernel(one: Row) -> tuple[Kernel, tuple[str, ...], tuple[float, ...], Array]:
    values = one["kernel_point"]
    own = np.isfinite(values)
    names = tuple(str(name) for name in one["kernel_parameter"][own])
    covariance = one["kernel_covariance"][np.ix_(own, own)]
    point = tuple(float(x) for x in values[own])
    family = str(one["kernel_family"])
    if family == "tabulated":
        time, response = from_onset(one["lag"], one["kernel"])
        table = TabulatedKernel(time, response)
        return table, names, (table.area, table.mean_lag), covariance
    return build_kernel(family, dict(zip(names, point, strict=True))), names, point, covariance


def _conductance(one: Row, drive: float) -> tuple[float, float]:
    """Return the slope dI/dV (S) at the operating drive (A), from a parabola through near levels, and its error."""
    order = np.argsort(one["drive"])
    current, v, error = (one[name][order] for name in ("drive", "v_free", "v_free_se"))
    centre = float(np.interp(drive, current[np.isfinite(current)], v[np.isfinite(current)]))
    near = np.isfinite(v) & (np.abs(v - centre) < _NEAR)
    if np.sum(near) < _FEWEST:
        return np.nan, 0.0
    size = float(np.ptp(current[near]))
    design = np.vander((current[near] - drive) / size, 3, increasing=True) / error[near, None]
    solution = np.linalg.lstsq(design, v[near] / error[near], rcond=None)[0]
    spread = float(np.sqrt(np.linalg.inv(design.T @ design)[1, 1]))
    return size / float(solution[1]), size * spread / float(solution[1]) ** 2


def _features(one: Row, kind: str) -> dict[str, Estimate]:
    columns = [one[f"{kind}{ending}"] for ending in ("", "_se", "_low", "_high")]
    rows = zip(one["feature"], one["feature_unit"], np.transpose(columns).tolist(), strict=True)
    return {
        str(name): Estimate(value, error, (low, high), str(unit))
        for name, unit, (value, error, low, high) in rows
        if np.isfinite(value)
    }


def _left_out(one: Row) -> tuple[dict[str, float], ...]:
    names: Sequence[str] = [str(name) for name in one["feature"]]
    rows = one["left_out"]
    found = [{n: float(x) for n, x in zip(names, row, strict=True) if np.isfinite(x)} for row in rows]
    return tuple(row for row in found if row)


def _rate_ratio(dataset: xr.Dataset) -> Array | None:
    """Return frequencies and the ratio of the rate's transfer to the potential's, None if it was not measured."""
    if "h_r_transfer" not in dataset:
        return None
    return np.array([dataset["frequency"].values, (dataset["h_r_transfer"] / dataset["h_v_transfer"]).values])
