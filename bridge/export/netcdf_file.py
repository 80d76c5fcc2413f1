"""NetCDF: parameters of every condition as labelled arrays, with everything else beside them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ..calibration.calibrated_model import CalibratedModel, CalibratedParameter, Calibration
from .export import stem
from .facts import facts
from .json_file import calibration_of, plain_value


def calibration_dataset(calibration: Calibration) -> xr.Dataset:
    """Return a calibration as a dataset: one variable per parameter over ``condition``, with bounds and error.

    Every parameter of unit ``units`` comes with ``<name>_standard_error`` and ``<name>_interval`` (over ``bound``), and
    ``covariance`` (condition, parameter, parameter_) holds them together, SI. The attribute ``calibration`` is the JSON
    export itself.
    """
    names = tuple(dict.fromkeys(one.name for model in calibration.models for one in model.parameters))
    dataset = xr.Dataset(
        coords={
            "condition": ("condition", [model.condition for model in calibration.models]),
            "parameter": ("parameter", list(names)),
            "parameter_": ("parameter_", list(names)),
            "bound": ("bound", ["low", "high"]),
        },
        attrs=_attributes(calibration),
    )
    for name in names:
        dataset = dataset.assign(_columns(calibration, name))
    dataset["covariance"] = (
        ("condition", "parameter", "parameter_"),
        np.stack([_spread(model, names) for model in calibration.models]),
        {"long_name": "covariance of the parameters", "units": "product of the units of both parameters"},
    )
    return dataset.assign(_levers(calibration))


def _spread(model: CalibratedModel, names: tuple[str, ...]) -> NDArray[np.float64]:
    """Return the covariance with a row and a column for every name, NaN for parameters the condition lacks."""
    spread = np.full((len(names),) * 2, np.nan)
    places = [names.index(one.name) for one in model.parameters]
    spread[np.ix_(places, places)] = model.covariance
    return spread


def _columns(calibration: Calibration, name: str) -> dict[str, Any]:
    found = [{one.name: one for one in model.parameters}.get(name) for model in calibration.models]
    column = [(np.nan, np.nan, (np.nan, np.nan)) if one is None else _numbers(one) for one in found]
    first = next(one for one in found if one is not None)
    units, level = first.estimate.unit, first.estimate.level
    plain = name.replace(".", "_")
    about = {"units": units, "long_name": name, "source": first.source, "comment": first.note}
    error = {"units": units, "long_name": f"standard error of {name}"}
    interval = {"units": units, "long_name": f"interval of {name}", "level": level}
    return {
        plain: ("condition", [value for value, _, _ in column], about),
        f"{plain}_standard_error": ("condition", [error for _, error, _ in column], error),
        f"{plain}_interval": (("condition", "bound"), [list(bounds) for _, _, bounds in column], interval),
    }


def _numbers(parameter: CalibratedParameter) -> tuple[float, float, tuple[float, float]]:
    return parameter.estimate.value, parameter.estimate.standard_error, parameter.estimate.interval


def _levers(calibration: Calibration) -> dict[str, Any]:
    models = calibration.models
    return {
        "mechanism": ("condition", [model.mechanism for model in models], {"long_name": "cellular lever"}),
        "mode": ("condition", [model.mode for model in models], {"long_name": "reading of the lever"}),
        "amount": (
            "condition",
            [model.amount for model in models],
            {"long_name": "amount of the lever", "units": "SI"},
        ),
    }


def _attributes(calibration: Calibration) -> dict[str, str]:
    data = facts(calibration)
    plain = {
        name: json.dumps(data[name], default=plain_value) for name in ("cell", "validity", "citation", "provenance")
    }
    return {
        "title": calibration.title,
        "model": calibration.base.model,
        "units": data["units"],
        **plain,
        "calibration": json.dumps(data, default=plain_value),
    }


def write_netcdf(calibration: Calibration, folder: Path) -> tuple[Path, ...]:
    """Write one netCDF file with all conditions, in SI."""
    path = folder / f"{stem(calibration, 'calibration')}.nc"
    calibration_dataset(calibration).to_netcdf(path, engine="netcdf4")
    return (path,)


def read_netcdf(path: Path | str) -> Calibration:
    """Return the calibration that a netCDF export holds.

    Raises
    ------
    ValueError
        If the file is something else.
    """
    with xr.open_dataset(path, engine="netcdf4") as dataset:
        text = dataset.attrs.get("calibration")
    if text is None:
        raise ValueError(f"{path} holds no calibration; give a file that the netcdf export wrote.")
    return calibration_of(json.loads(text), str(path))
