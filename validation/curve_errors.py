"""The errors of sigmoids and kernels in the coordinates of their fits: what a calibration needs beyond the bands."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ..bridge.estimate import FEATURE_UNITS
from ..bridge.kernel_fit import KernelEstimate
from ..bridge.sigmoid_fit import SigmoidEstimate
from .measurement import Measured

Array = NDArray[np.floating]

TABLE_MOMENTS = ("area", "mean_lag")
"""What is known of the error of a tabulated kernel."""


def curve_errors(names: Sequence[str], measured: Sequence[Measured]) -> xr.Dataset:
    """Return families, points and covariances of both curves, and the features without each group of cells.

    Sigmoid and kernel come from separate simulations: their errors are independent, so there is no covariance between
    them. Rows of different length are filled with NaN.

    Parameters
    ----------
    names : sequence of str
        Names of the conditions.
    measured : sequence of Measured
        Their estimates.
    """
    parts = [_sigmoids([m.sigmoid for m in measured]), _kernels([m.kernel for m in measured]), _left_out(measured)]
    return xr.merge(parts, join="exact").assign_coords(condition=list(names))


def _variable(dimensions: tuple[str, ...], values: Any, unit: str, long_name: str) -> tuple[Any, ...]:
    return dimensions, values, {"units": unit, "long_name": long_name}


def _sigmoids(estimates: Sequence[SigmoidEstimate | None]) -> xr.Dataset:
    size = max((e.working_point.size for e in estimates if e is not None), default=0)
    count = len(estimates)
    point, knot = np.full((count, size), np.nan), np.full((count, size), np.nan)
    covariance, cap = np.full((count, size, size), np.nan), np.full(count, np.nan)
    for row, estimate in enumerate(estimates):
        if estimate is None:
            continue
        n = estimate.working_point.size
        point[row, :n], covariance[row, :n, :n] = estimate.working_point, estimate.covariance
        cap[row] = np.nan if estimate.v_cap is None else estimate.v_cap
        if estimate.family == "tabulated":
            knot[row, :n] = estimate.table["v_free"].values
    at = ("condition", "sigmoid_coordinate")
    families = ["" if e is None else e.family for e in estimates]
    unit, what = "see docs/results-format.md", "coordinates of the sigmoid's fit; of a table its rates"
    return xr.Dataset(
        {
            "sigmoid_family": _variable(("condition",), families, "1", "family of the sigmoid"),
            "sigmoid_cap": _variable(("condition",), cap, "V", "potential at which q_max is read"),
            "sigmoid_knot": _variable(at, knot, "V", "potentials of a tabulated sigmoid"),
            "sigmoid_point": _variable(at, point, unit, what),
            "sigmoid_covariance": _variable((*at, f"{at[1]}_2"), covariance, unit, "their covariance"),
        }
    )


def _kernel_names(estimate: KernelEstimate | None) -> tuple[str, ...]:
    if estimate is None:
        return ()
    return tuple(estimate.parameters) or TABLE_MOMENTS


def _kernels(estimates: Sequence[KernelEstimate | None]) -> xr.Dataset:
    names = list(dict.fromkeys(name for e in estimates for name in _kernel_names(e)))
    point = np.full((len(estimates), len(names)), np.nan)
    covariance = np.full((len(estimates), len(names), len(names)), np.nan)
    for row, estimate in enumerate(estimates):
        if estimate is None:
            continue
        own = _kernel_names(estimate)
        places = [names.index(name) for name in own]
        values = estimate.parameters or estimate.features
        point[row, places] = [values[name].value for name in own]
        covariance[row, np.array(places)[:, None], places] = estimate.covariance
    at = ("condition", "kernel_parameter")
    families = ["" if e is None else e.family for e in estimates]
    degrees = [_degrees(e) for e in estimates]
    return xr.Dataset(
        {
            "kernel_family": _variable(("condition",), families, "1", "family of the kernel"),
            "kernel_point": _variable(at, point, "SI", "parameters of the kernel; of a table its moments"),
            "kernel_covariance": _variable((*at, f"{at[1]}_2"), covariance, "SI", "their covariance over groups"),
            "kernel_degrees": _variable(("condition",), degrees, "1", "degrees of freedom of that covariance"),
        },
        coords={"kernel_parameter": _variable(("kernel_parameter",), names, "1", "parameter of the kernel")},
    )


def _degrees(estimate: KernelEstimate | None) -> float:
    groups = None if estimate is None else estimate.operating_v.n_effective
    return np.nan if groups is None else groups - 1


def _left_out(measured: Sequence[Measured]) -> xr.Dataset:
    groups = max((len(m.features.left_out) for m in measured), default=0)
    values = np.full((len(measured), groups, len(FEATURE_UNITS)), np.nan)
    for row, one in enumerate(measured):
        for group, features in enumerate(one.features.left_out):
            values[row, group] = [features.get(name, np.nan) for name in FEATURE_UNITS]
    at = ("condition", "left_out_group", "feature")
    long_name = "feature without one group of cells; conditions share their groups"
    return xr.Dataset({"left_out": _variable(at, values, "see feature_unit", long_name)})
