"""One quantity over all conditions of a result: its change on the scale on which effects add, and the error of that.

Sizes and rates change by logarithms of ratios, potentials and skew by differences.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ...bridge.estimate import FEATURE_UNITS
from ..interaction import interaction_margins
from ..margins import read_margins

Array = NDArray[np.floating]
Source = Literal["measured", "predicted"]

USUAL = ("q_max", "v50", "width", "skew", "area", "mean_lag", "sd", "operating_v", "operating_rate")
"""Features of which none follows from the others."""

_OF_A_MARGIN = 0.1  # share of a change that counts as none: error of any prediction, and of any superposition
_FEWEST = 6  # measured changes from which the error of predictions is taken
_TRUST = 1.96  # a prediction that nothing was measured against is within its margin at 95 %


@dataclass(frozen=True, kw_only=True)
class Column:
    """A quantity in C conditions (the untouched one not among them).

    Parameters
    ----------
    name, unit : str
    scale : {"log", "linear"}
        Whether changes are logarithms of ratios.
    base : float
        Value in the untouched population.
    changes, errors : (C,) arrays
        Changes on the scale and their standard errors; NaN where there is none.
    natural, floor : float
        See `MixtureResponse`.
    recording_error : float
        Standard error of a change that is recorded once more, in other cells, with as much data as the result has.
    deviations : (C, G) array or None
        Contributions of each group of cells to the error; their squares sum to the variance.
    """

    name: str
    unit: str
    scale: Literal["log", "linear"]
    base: float
    changes: Array
    errors: Array
    natural: float
    floor: float
    recording_error: float
    deviations: Array | None = None


def feature_columns(dataset: xr.Dataset, names: Sequence[str], source: Source) -> list[Column]:
    """Return the columns of named features; those that a result lacks altogether are left out."""
    known = [name for name in names if name in FEATURE_UNITS]
    made = [_feature(dataset, name, source) for name in known]
    return [column for column in made if np.isfinite(column.base) and np.any(np.isfinite(column.changes))]


def _feature(dataset: xr.Dataset, name: str, source: Source) -> Column:
    at = dataset.sel(feature=name)
    rule = interaction_margins()[name]
    measured, predicted = at["measured"].values, at["predicted"].values
    found = _changes(measured, rule.scale)
    theory = _changes(predicted, rule.scale)
    errors, deviations = _errors(dataset, name, rule.scale)
    before = float(measured[0])
    if source == "predicted":
        before = before if np.isfinite(before) else float(predicted[0])
        errors, deviations = _theory_errors(found, theory, errors, _OF_A_MARGIN * rule.margin), None
        found = theory
    return Column(
        name=name,
        unit=FEATURE_UNITS[name],
        scale=rule.scale,
        base=before,
        changes=found[1:],
        errors=errors[1:],
        natural=_natural(dataset, name, rule.scale),
        floor=_OF_A_MARGIN * rule.margin,
        recording_error=_recording_error(at, before, rule.scale),
        deviations=None if deviations is None else deviations[1:],
    )


def _changes(values: Array, scale: str) -> Array:
    if scale == "linear":
        return values - values[0]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(values / values[0] > 0, np.log(np.abs(values / values[0])), np.nan)


def _errors(dataset: xr.Dataset, name: str, scale: str) -> tuple[Array, Array | None]:
    """Return standard errors (C + 1,) of the changes, and the contributions of the groups if the result has them.

    Errors from a few groups follow Student's law; they are raised to the standard deviation of that law.
    """
    at = dataset.sel(feature=name)
    if "left_out" in dataset and dataset.sizes.get("left_out_group", 0) > 3:
        values = at["left_out"].values
        changes = np.stack([_changes(values[:, g], scale) for g in range(values.shape[1])], 1)
        groups = changes.shape[1]
        deviations = np.sqrt((groups - 1) / groups) * (changes - changes.mean(1, keepdims=True))
        deviations = deviations * np.sqrt((groups - 1) / (groups - 3))
        return np.sqrt(np.sum(deviations**2, 1)), deviations
    errors = at["change_se"].values
    return (errors if scale == "linear" else errors / np.abs(at["measured"].values)), None


def _theory_errors(found: Array, theory: Array, errors: Array, floor: float) -> Array:
    """Return the errors of predicted changes: by how much theory missed what was measured, beyond its noise.

    The misses of the larger half of the changes give a share of the change, those of the smaller half a floor. Where
    too little was measured, both come from the margins within which predictions are held to be right.
    """
    both = np.isfinite(found) & np.isfinite(theory) & np.isfinite(errors)
    if both.sum() < _FEWEST:
        return np.hypot(read_margins().change / _TRUST * theory, floor)
    size, missed = theory[both] ** 2, (found - theory)[both] ** 2 - errors[both] ** 2
    large = size > np.median(size)
    least = np.sqrt(max(float(np.mean(missed[~large])), 0.0))
    share = np.sqrt(max(float(np.sum(missed[large])), 0.0) / max(float(np.sum(size[large])), 1e-300))
    return np.hypot(share * theory, max(least, 0.1 * floor))


def _natural(dataset: xr.Dataset, name: str, scale: str) -> float:
    if scale == "log" or FEATURE_UNITS[name] != "V":
        return 1.0
    width = float(dataset["measured"].sel(feature="width").values[0])
    width = width if np.isfinite(width) else float(dataset["predicted"].sel(feature="width").values[0])
    return width if np.isfinite(width) and width > 0 else 0.003


def _recording_error(at: xr.Dataset, before: float, scale: str) -> float:
    """Return the error of an unpaired change; without a measured one, the margin of a change that counts as none."""
    error = np.sqrt(2.0) * float(at["measured_se"].values[0])
    if not error > 0:
        return interaction_margins()[str(at["feature"].values)].margin
    return error if scale == "linear" else error / abs(before)
