"""Every number of a study as one xarray Dataset: what is measured, estimated and predicted for each condition."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ..bridge.estimate import FEATURE_UNITS, half_width
from .calibration_populations import JOINT
from .combinations import Combination
from .conditions import Condition
from .curve_errors import curve_errors
from .dose import dose_dataset
from .findings import Findings
from .interaction import interaction_dataset

Array = NDArray[np.floating]

_GRID = 201
_COUNTED = {
    "drive": "drive level",
    "v_free": "mean free potential",
    "v_free_se": "its standard error",
    "sigma_v": "temporal standard deviation of the free potential",
    "rate": "population rate",
    "rate_se": "its standard error",
    "count": "spikes of all cells",
    "exposure": "neuron-seconds",
    "fano": "Fano factor of the counts within cells",
}


def dataset(findings: Findings) -> xr.Dataset:
    """Return the numbers of a study: NaN for what is missing, ``units`` and ``long_name`` with every variable."""
    parts = [*_estimated(findings, findings.conditions), _curves(findings)]
    if findings.unseen.traces is not None:
        parts.append(findings.unseen.traces)
    if findings.unseen.rate_kernel is not None:
        parts.append(_rate_kernel(findings))
    parts += [dose_dataset(findings), interaction_dataset(findings), _joint(findings)]
    merged = xr.merge(
        [_conditions(findings), *parts], join="exact", compat="no_conflicts", combine_attrs="drop_conflicts"
    )
    return merged.assign_attrs(
        title=findings.study.title, schema="mesobridge.results/1", operating_drive=findings.plan.operating_drive
    )


def _estimated(findings: Findings, made: Sequence[Condition | Combination]) -> list[xr.Dataset]:
    """Return what was counted and estimated of each of ``made``, and what a calibration needs of it."""
    names = [one.name for one in made]
    errors = curve_errors(names, [findings.measured[name] for name in names])
    return [_counted(findings, made), _kernels(findings, made), _features(findings, made), errors]


def _joint(findings: Findings) -> xr.Dataset:
    """Return the same of two levers at once, every name with ``joint_`` before it; nothing without combinations."""
    made = findings.combinations
    if not made:
        return xr.Dataset()
    whole = xr.merge([part.drop_vars("condition", errors="ignore") for part in _estimated(findings, made)])
    shared = {"condition": "combination", "feature": "feature", "feature_unit": "feature_unit", "lag": "lag"}
    names = [str(name) for name in (*whole.variables, *whole.dims)]
    joint = whole.rename({name: shared.get(name, f"{JOINT}{name}") for name in names})
    return joint.assign_coords(combination=[one.name for one in made])


def _variable(dimensions: tuple[str, ...], values: Any, unit: str, long_name: str) -> tuple[Any, ...]:
    return dimensions, values, {"units": unit, "long_name": long_name}


def _conditions(findings: Findings) -> xr.Dataset:
    made = findings.conditions
    return xr.Dataset(
        coords={
            "condition": _variable(("condition",), [c.name for c in made], "1", "condition"),
            "mechanism": _variable(("condition",), [c.mechanism for c in made], "1", "cellular lever"),
            "mode": _variable(("condition",), [c.mode for c in made], "1", "reading of the lever"),
            "amount": _variable(("condition",), [c.amount for c in made], "SI", "amount of the lever"),
            "amount_label": _variable(("condition",), [c.label for c in made], "1", "amount as a reader sees it"),
        }
    )


def _ragged(rows: list[Array]) -> Array:
    """Return rows of different length as one array, filled with NaN."""
    filled = np.full((len(rows), max((row.size for row in rows), default=0)), np.nan)
    for number, row in enumerate(rows):
        filled[number, : row.size] = row
    return filled


def _counted(findings: Findings, made: Sequence[Condition | Combination]) -> xr.Dataset:
    tables = [findings.table(c.name) for c in made]
    at = ("condition", "level")
    return xr.Dataset(
        {
            name: _variable(at, _ragged([t[name].values for t in tables]), tables[0][name].attrs["units"], long_name)
            for name, long_name in _COUNTED.items()
        }
    )


def _curves(findings: Findings) -> xr.Dataset:
    """Estimated sigmoids with their bands on a common grid, and the predicted ones at their own levels."""
    everything = findings.conditions
    v = findings.table(findings.base)["v_free"].values
    grid = np.linspace(float(v.min()), float(v.max()), _GRID)
    bands = np.full((3, len(everything), _GRID), np.nan)
    for number, condition in enumerate(everything):
        estimate = findings.measured[condition.name].sigmoid
        if estimate is None:
            continue
        own = findings.table(condition.name)["v_free"].values
        top = float(own.max()) if estimate.v_cap is None else min(float(own.max()), estimate.v_cap)
        inside = (grid >= own.min()) & (grid <= top)
        rate, error = estimate.rate_band(grid[inside])
        reach = half_width(1.0, findings.study.report.level) * error
        bands[:, number, inside] = rate, np.maximum(rate - reach, 0.0), rate + reach
    predicted = [findings.predicted[c.name] for c in everything]
    at, beside = ("condition", "v"), ("condition", "predicted_level")
    return xr.Dataset(
        {
            "fitted_rate": _variable(at, bands[0], "Hz", "estimated sigmoid"),
            "fitted_rate_low": _variable(at, bands[1], "Hz", "lower end of its band"),
            "fitted_rate_high": _variable(at, bands[2], "Hz", "upper end of its band"),
            "predicted_v_free": _variable(
                beside, _ragged([p.v for p in predicted]), "V", "predicted mean free potential"
            ),
            "predicted_rate": _variable(beside, _ragged([p.rate for p in predicted]), "Hz", "predicted rate"),
        },
        coords={"v": _variable(("v",), grid, "V", "mean free potential")},
    )


def _kernels(findings: Findings, made: Sequence[Condition | Combination]) -> xr.Dataset:
    lags = next(iter(findings.recorded.values())).probe["time"].values
    values = np.full((4, len(made), lags.size), np.nan)
    for number, condition in enumerate(made):
        estimate = findings.measured[condition.name].kernel
        if estimate is not None:
            fitted = estimate.kernel(lags)
            values[:3, number] = estimate.response, estimate.response_se, fitted
        values[3, number] = findings.predicted[condition.name].response
    at = ("condition", "lag")
    return xr.Dataset(
        {
            "kernel": _variable(at, values[0], "V", "response of the free potential to one presynaptic spike"),
            "kernel_se": _variable(at, values[1], "V", "its standard error over groups of cells"),
            "kernel_fitted": _variable(at, values[2], "V", "fitted kernel"),
            "kernel_predicted": _variable(at, values[3], "V", "predicted kernel"),
        },
        coords={"lag": _variable(("lag",), lags, "s", "time after the presynaptic spike")},
    )


def _features(findings: Findings, made: Sequence[Condition | Combination]) -> xr.Dataset:
    """Features with intervals, and their changes against the untouched population, paired over groups of cells."""
    names, level = list(FEATURE_UNITS), findings.study.report.level
    shape = (len(made), len(names))
    columns = {
        key: np.full(shape, np.nan)
        for prefix, expected in (("measured", "predicted"), ("change", "predicted_change"))
        for key in (prefix, f"{prefix}_se", f"{prefix}_low", f"{prefix}_high", expected)
    }
    base, base_prediction = findings.measured[findings.base].features, findings.predicted[findings.base].features
    for i, condition in enumerate(made):
        own, predicted = findings.measured[condition.name].features, findings.predicted[condition.name].features
        for j, name in enumerate(names):
            for prefix, found in (("measured", own.measure(name)), ("change", own.change_from(base, name))):
                if found is not None:
                    columns[prefix][i, j], columns[f"{prefix}_se"][i, j] = found.value, found.standard_error
                    columns[f"{prefix}_low"][i, j], columns[f"{prefix}_high"][i, j] = found.interval(level)
            columns["predicted"][i, j] = predicted.get(name, np.nan)
            columns["predicted_change"][i, j] = predicted.get(name, np.nan) - base_prediction.get(name, np.nan)
    variables = {
        key: _variable(("condition", "feature"), values, "see feature_unit", key.replace("_", " "))
        for key, values in columns.items()
    }
    coords = {
        "feature": _variable(("feature",), names, "1", "feature"),
        "feature_unit": _variable(("feature",), list(FEATURE_UNITS.values()), "1", "unit of the feature"),
    }
    return xr.Dataset(variables, coords=coords)


def _rate_kernel(findings: Findings) -> xr.Dataset:
    """Transfer of rate and of potential, each relative to its value at rest, at the coherent frequencies."""
    rate_kernel, kernel = findings.unseen.rate_kernel, findings.measured[findings.base].kernel
    if rate_kernel is None or kernel is None:
        return xr.Dataset()
    used = rate_kernel.used
    frequency = rate_kernel.frequency[used]
    rate = np.abs(rate_kernel.transfer[used]) / abs(rate_kernel.gain.value)
    potential = np.abs(kernel.kernel.transfer(frequency)) / abs(kernel.kernel.area)
    at = ("frequency",)
    return xr.Dataset(
        {
            "h_v_transfer": _variable(at, potential, "1", "transfer of the free potential relative to 0 Hz"),
            "h_r_transfer": _variable(at, rate, "1", "transfer of the rate relative to 0 Hz"),
            "h_r_transfer_se": _variable(at, rate * rate_kernel.relative_error[used], "1", "its standard error"),
        },
        coords={"frequency": _variable(at, frequency, "Hz", "frequency")},
    )
