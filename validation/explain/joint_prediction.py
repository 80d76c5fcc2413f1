"""Predicted interactions of pairs of levers that the study did not combine: each pair together, at its full amounts."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any, cast

import numpy as np

from ...bridge.estimate import FEATURE_UNITS
from ...bridge.inverse import DoseAxis
from ...spiking import MECHANISMS, Population
from ...spiking.engine import Machine
from ...spiking.mechanisms import Mode
from ..interaction import interaction_margins
from ..parallel import side_by_side
from ..prediction import Predicted, PredictionRequest, predict
from ..progress import Progress, Silence
from ..replicated import weighted
from ..result import Result
from ..store import Store
from .levers import axes_of, condition_rows
from .mistakes import ExplainError

_PACKAGES = ("bridge/prediction", "meanfield", "spiking", "units", "validation/prediction.py")
_INTERACTION = (1.0, -1.0, -1.0, 1.0)  # weights of joint, first, second, neither
_BEYOND = 0.1  # of the range of drives, by which the prediction goes beyond it


def with_predicted_interactions(
    result: Result, levers: Sequence[str] | None, *, progress: Progress | None = None
) -> Result:
    """Return the result with a predicted interaction for each pair of levers that it has not combined.

    Some seconds for each pair at first; finished predictions are kept on disk.

    Raises
    ------
    ExplainError
        If the study calibrates its cell, so that its result does not hold the population.
    """
    if result.study.calibration is not None:
        raise ExplainError(
            "Interactions cannot be predicted for a study that calibrates its cell; combine levers in it."
        )
    axes = axes_of(result, levers)
    known = {frozenset(part["mechanism"] + part["mode"] for part in row["parts"]) for row in _rows(result)}
    pairs = [p for p in combinations(axes, 2) if frozenset(a.mechanism + a.mode for a in p) not in known]
    request = _request(result)
    calls = [(_joint(result.study.population, *pair), request) for pair in pairs]
    found = side_by_side(
        "Predicting pairs of levers",
        predict,
        calls,
        packages=_PACKAGES,
        store=Store(),
        workers=Machine().workers,
        progress=progress or Silence(),
    )
    rows = [_row(result, pair, one) for pair, one in zip(pairs, found, strict=True)]
    return replace(result, document={**result.document, "interactions": [*_rows(result), *rows]})


def _rows(result: Result) -> list[dict[str, Any]]:
    return result.document.get("interactions", [])


def _full(axis: DoseAxis) -> float:
    """Return the amount that was studied farthest up, or down if there is none above."""
    return max(axis.amounts, key=axis.dose)


def _joint(population: Population, first: DoseAxis, second: DoseAxis) -> Population:
    for axis in (first, second):
        population = MECHANISMS[axis.mechanism].apply(population, _full(axis), cast(Mode, axis.mode))
    return replace(population, name="population")


def _request(result: Result) -> PredictionRequest:
    """Return what the study asked of theory, without the kernel's lags."""
    study, drives = result.study, result.dataset["drive"].values[0]
    lowest, highest = float(np.nanmin(drives)), float(np.nanmax(drives))
    at_cap = result.document["base"].get("q_max_definition") == "at_cap"
    return PredictionRequest(
        channel=study.sigmoid.channel,
        lowest=lowest if study.sigmoid.channel == "current" else max(lowest, 0.0),
        highest=highest + _BEYOND * (highest - lowest),
        v_above=study.sigmoid.v_max if at_cap else None,
        afferent=study.kernel.afferent,
        operating_drive=float(result.dataset.attrs["operating_drive"]),
        lags=(0.0,),
    )


def _row(result: Result, pair: tuple[DoseAxis, DoseAxis], joint: Predicted) -> dict[str, Any]:
    """Return a row such as those of ``interactions`` in report.json, with the prediction alone."""
    places = [int(condition_rows(result, [axis])[axis.amounts.index(_full(axis))]) for axis in pair]
    predicted = result.dataset["predicted"]
    features = {}
    for name in FEATURE_UNITS:
        alone = [float(predicted.isel(condition=place).sel(feature=name)) for place in (*places, 0)]
        values = [joint.features.get(name), *(value if np.isfinite(value) else None for value in alone)]
        features[name] = {
            "interaction": None,
            "predicted": weighted(_INTERACTION, values, interaction_margins()[name].scale),
        }
    parts = [{"mechanism": axis.mechanism, "mode": axis.mode, "amount": _full(axis)} for axis in pair]
    return {"parts": parts, "features": features}
