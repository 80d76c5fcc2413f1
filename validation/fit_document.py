"""A fit as plain JSON values and as labelled arrays: what fit.json and fit.nc hold."""

from dataclasses import fields
from importlib.metadata import version
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ..bridge.fitting import Fit, Identifiability
from ..bridge.recordings import EvokedResponse, FunctionalConnectivity, RateCourse, Recorded, Spectrum
from .document import plain

Array = NDArray[Any]

SCHEMA = "mesobridge.fit/1"


def fit_document(found: Fit, recording: Recorded, start: Any, facts: dict[str, Any]) -> dict[str, Any]:
    """Return a fit as plain JSON values; open ends of intervals are null."""
    parameters = [_parameter(found, item.name) for item in found.parameters]
    return plain(
        {
            "schema": SCHEMA,
            "data": {"source": facts["source"], "kind": facts["kind"], "number": found.problem.likelihood.size}
            | _about(recording),
            "model": {"name": facts["model"], "citation": type(start).CITATION, "fixed": _fixed(found, start)},
            "identifiability": _identifiability(found.identifiability),
            "parameters": parameters,
            "misfit": {
                "deviance": found.best.deviance,
                "chance": found.goodness,
                "widened_by": found.dispersion**0.5,
                "warnings": list(found.warnings),
            },
            "branch": {
                "fitted": found.branch,
                "others": [{"branch": other.branch, "deviance": other.deviance} for other in found.others],
            },
            "search": {
                "refused": found.search.refused,
                "agreeing": found.search.agreeing,
                "walks": [
                    {
                        "start": found.problem.space.named(walk.start),
                        "end": found.problem.space.named(walk.end),
                        "deviance": walk.deviance,
                        "evaluations": len(walk.points),
                        "reason": walk.reason,
                    }
                    for walk in found.search.walks
                ],
            },
            "posterior": _posterior(found),
            "provenance": {"version": version("mesobridge")}
            | {name: facts[name] for name in ("seed", "level", "seconds") if name in facts},
        }
    )


def _about(recording: Recorded) -> dict[str, Any]:
    if isinstance(recording, Spectrum):
        ends = [float(recording.frequency[0]), float(recording.frequency[-1])]
        return {"method": recording.method, "band": ends, "degrees": float(np.median(recording.degrees))}
    if isinstance(recording, FunctionalConnectivity):
        return {"method": f"correlations from {recording.samples:.0f} independent samples"}
    return {"method": "as given"}


def _fixed(found: Fit, start: Any) -> dict[str, Any]:
    free = set(found.problem.space.names)
    return {
        item.name: {"value": float(getattr(start, item.name)), "unit": item.metadata["unit"]}
        for item in fields(start)
        if "unit" in item.metadata and item.name not in free
    }


def _identifiability(found: Identifiability) -> dict[str, Any]:
    return {
        "condition": found.condition,
        "directions": [
            {
                "singular_value": direction.singular_value,
                "determined": direction.determined,
                "weights": dict(zip(found.names, direction.weights.tolist(), strict=True)),
                "sentence": direction.sentence,
            }
            for direction in found.directions
        ],
    }


def _parameter(found: Fit, name: str) -> dict[str, Any]:
    item, free = found[name], found.problem.space.parameters[found.problem.space.place(name)]
    row: dict[str, Any] = {
        "name": item.name,
        "unit": item.unit,
        "value": item.value,
        "standard_error": item.standard_error,
        "interval": list(item.interval),
        "determined": item.determined,
        "best": item.best,
        "bounds": [free.low, free.high],
        "scale": free.scale.value,
        "sentence": item.sentence,
    }
    if found.posterior is not None:
        row["posterior"] = list(found.posterior.interval(name))
    return row


def _posterior(found: Fit) -> dict[str, Any] | None:
    if found.posterior is None:
        return None
    names = found.problem.space.names
    return {
        "effective": dict(zip(names, found.posterior.effective.tolist(), strict=True)),
        "r_hat": dict(zip(names, found.posterior.r_hat.tolist(), strict=True)),
        "acceptance": found.posterior.acceptance,
        "evaluations": found.posterior.evaluations,
        "shares": found.posterior.shares.tolist(),
        "draws": len(found.posterior.draws),
    }


def fit_dataset(found: Fit, recording: Recorded, document: dict[str, Any]) -> xr.Dataset:
    """Return data and prediction, the profiles, the history of the search and the posterior's draws."""
    axis, measured, error, unit = _data(found, recording)
    dataset = xr.Dataset(
        {
            "measured": ("datum", measured, {"units": unit, "long_name": "data"}),
            "predicted": ("datum", found.predicted, {"units": unit, "long_name": "best fit"}),
            "standard_error": ("datum", error, {"units": unit, "long_name": "standard error of the data"}),
        },
        coords={name: ("datum", values, attributes) for name, (values, attributes) in axis.items()},
        attrs={"schema": SCHEMA, "model": document["model"]["name"], "kind": document["data"]["kind"]},
    )
    return xr.merge([dataset, _profiles(found), _history(found), _draws(found)], combine_attrs="override")


def _data(found: Fit, recording: Recorded) -> tuple[dict[str, Any], Array, Array, str]:
    """Return the axes of the data, the data, their standard errors and their unit."""
    likelihood: Any = found.problem.likelihood
    if isinstance(recording, Spectrum):
        axis = {"frequency": (recording.frequency, {"units": "Hz", "long_name": "frequency"})}
        return axis, recording.power, recording.power * np.sqrt(2 / recording.degrees), recording.unit
    if isinstance(recording, EvokedResponse):
        axis = {"time": (recording.time, {"units": "s", "long_name": "time after the stimulus"})}
        return axis, recording.value, recording.standard_error, recording.unit
    if isinstance(recording, FunctionalConnectivity):
        rows, columns = recording.pairs
        axis = {
            "row": (rows, {"units": "1", "long_name": "first region"}),
            "column": (columns, {"units": "1", "long_name": "second region"}),
        }
        return axis, likelihood.measured, likelihood.standard_error, "1"
    rate, error = likelihood.count / likelihood.exposure, 1 / np.sqrt(likelihood.information(found.predicted))
    if isinstance(recording, RateCourse):
        return {"time": (recording.time, {"units": "s", "long_name": "time"})}, rate, error, "Hz"
    axis = {"level": (recording.level, {"units": recording.level_unit, "long_name": "level of the input"})}
    return axis, rate, error, "Hz"


def _profiles(found: Fit) -> xr.Dataset:
    longest = max(len(item.points) for item in found.profiles)
    points, rises = (np.full((len(found.profiles), longest), np.nan) for _ in range(2))
    for k, (item, free) in enumerate(zip(found.profiles, found.problem.space.parameters, strict=True)):
        points[k, : len(item.points)] = free.value(item.points)
        rises[k, : len(item.points)] = np.where(np.isfinite(item.deviances), item.deviances, np.nan)
    rises -= found.best.deviance
    axes = ("parameter", "profile_point")
    return xr.Dataset(
        {
            "profile_value": (axes, points, {"units": "unit of the parameter", "long_name": "value it was held at"}),
            "profile_rise": (axes, rises, {"units": "1", "long_name": "rise of the deviance, all others refitted"}),
        },
        coords={"parameter": list(found.problem.space.names)},
    )


def _history(found: Fit) -> xr.Dataset:
    walks = found.search.walks
    values = np.concatenate([found.problem.space.values(walk.points) for walk in walks])
    number = np.concatenate([np.full(len(walk.points), k) for k, walk in enumerate(walks)])
    deviance = np.concatenate([walk.deviances for walk in walks])
    return xr.Dataset(
        {
            "tried": (("trial", "parameter"), values, {"units": "unit of the parameter", "long_name": "point tried"}),
            "walk": ("trial", number, {"units": "1", "long_name": "walk it belongs to, the best first"}),
            "deviance": ("trial", deviance, {"units": "1", "long_name": "deviance there; infinite without prediction"}),
        },
        coords={"parameter": list(found.problem.space.names)},
    )


def _draws(found: Fit) -> xr.Dataset:
    if found.posterior is None:
        return xr.Dataset()
    attributes = {"units": "unit of the parameter", "long_name": "draw from the posterior"}
    return xr.Dataset(
        {"draws": (("draw", "parameter"), found.posterior.values(), attributes)},
        coords={"parameter": list(found.problem.space.names)},
    )
