"""The response of a population to mixtures of levers from its description alone: nothing is simulated."""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...spiking import MECHANISMS, EscapeRateCell, Population
from ...spiking.mechanisms import Mode
from ..prediction import default_levels, predict_features
from .dose_axis import DoseAxis
from .mixture_response import Interaction, MixtureResponse

Array = NDArray[np.floating]

LINEAR = frozenset({"v10", "v50", "v90", "v_max_slope", "operating_v", "skew"})
"""Features whose changes are differences; those of all others are logarithms of ratios."""

_CAP = 0.020  # V above the threshold
_ERROR = 0.13  # of a predicted change: half of the quarter within which predictions are held to be right
_FLOOR = 0.005  # error of any superposition, in logarithms, or of the width of the sigmoid


def predicted_response(
    population: Population,
    levers: Mapping[str, Sequence[float]],
    features: Sequence[str],
    *,
    mode: Mode = "review",
    channel: str = "current",
    levels: ArrayLike | None = None,
    relative_error: float = _ERROR,
    interactions: bool = True,
) -> MixtureResponse:
    """Predict what mixtures of levers do to the features of a population.

    Parameters
    ----------
    population : Population
        The untouched population.
    levers : mapping of str to sequence of float
        Mechanisms and the amounts (SI) at which their effects are predicted.
    features : sequence of str
        Names of the features.
    mode : str
        Reading of the levers.
    channel, levels
        As in ``predict_sigmoid``.
    relative_error : float
        Standard error of a predicted change over that change.
    interactions : bool
        Whether each pair of levers is also predicted together, at its largest amounts; that of a pair of levers not
        predicted is an error of the superposition.

    Raises
    ------
    PredictionRefused
        If theory has nothing to say of the population.
    """
    drives = default_levels(population, channel) if levels is None else np.asarray(levels, dtype=float)
    cap = None if isinstance(population.cell, EscapeRateCell) else population.cell.threshold + _CAP

    def predicted(changes: Sequence[tuple[str, float]]) -> dict[str, float]:
        changed = population
        for mechanism, amount in changes:
            changed = MECHANISMS[mechanism].apply(changed, amount, mode)
        return predict_features(changed, channel=channel, levels=drives, v_cap=cap)

    base = predicted([])
    axes = tuple(_axis(name, mode, amounts) for name, amounts in levers.items())
    values = np.array(
        [_change(base, predicted([(axis.mechanism, amount)]), features) for axis in axes for amount in axis.amounts]
    )
    natural = np.array([base["width"] if name in LINEAR and name != "skew" else 1.0 for name in features])
    response = MixtureResponse(
        features=tuple(features),
        axes=axes,
        values=values,
        errors=relative_error * np.abs(values),
        condition_correlation=np.eye(len(values)),
        feature_correlation=np.eye(len(features)),
        natural=natural,
        floor=_FLOOR * natural,
    )
    if not interactions:
        return response
    known = []
    for first, second in combinations(range(len(axes)), 2):
        corner = [_farthest(axes[k]) for k in (first, second)]
        doses = np.zeros((1, len(axes)))
        doses[0, [first, second]] = [axes[k].dose(a) for k, a in zip((first, second), corner, strict=True)]
        joint = predicted([(axes[k].mechanism, a) for k, a in zip((first, second), corner, strict=True)])
        beyond = np.array(_change(base, joint, features)) - response.mean(doses)[0]
        coefficient = beyond / (doses[0, first] * doses[0, second])
        error = np.hypot(relative_error * np.abs(coefficient), response.floor)
        known.append(Interaction(first=first, second=second, coefficient=coefficient, standard_error=error))
    return response.with_interactions(known)


def _axis(name: str, mode: str, amounts: Sequence[float]) -> DoseAxis:
    neutral = MECHANISMS[name].neutral
    studied = tuple(sorted(amount for amount in amounts if amount != neutral))
    return DoseAxis(
        name=name,
        mechanism=name,
        mode=mode,
        unit=MECHANISMS[name].unit,
        neutral=neutral,
        amounts=studied,
        lowest=min(*studied, neutral),
        highest=max(*studied, neutral),
    )


def _farthest(axis: DoseAxis) -> float:
    return max(axis.amounts, key=lambda amount: (round(abs(axis.dose(amount)), 9), amount))


def _change(base: Mapping[str, float], changed: Mapping[str, float], features: Sequence[str]) -> list[float]:
    return [
        changed[name] - base[name] if name in LINEAR else float(np.log(changed[name] / base[name])) for name in features
    ]
