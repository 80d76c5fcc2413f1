"""How every feature answers to a small amount of a mechanism, by differentiating the prediction."""

from dataclasses import dataclass

import numpy as np

from ...spiking import EscapeRateCell, Mechanism, Population
from ...spiking.mechanisms import Mode
from .features import predict_features
from .sigmoid import default_levels
from .single_cell import Resolution
from .synaptic_drive import Array

_STEP = 0.125  # of the mechanism's larger amount
_CAP = 0.020  # V above the threshold


@dataclass(frozen=True)
class Elasticity:
    """Change of a feature per unit amount, its numerical error, and half the second derivative (per unit squared)."""

    first_order: float
    error: float
    second_order: float


def elasticity(
    population: Population,
    mechanism: Mechanism,
    *,
    mode: Mode = "review",
    step: float | None = None,
    channel: str = "current",
    afferent: str = "excitatory",
    resolution: Resolution | None = None,
) -> dict[str, Elasticity]:
    """Differentiate all predicted features by the amount of a mechanism, at its neutral amount.

    Finite differences with two step widths; the difference of the two is the stated error. Levels and cap (20 mV
    above the threshold of the untouched cell) are those of the untouched population, so that ``q_max`` means the same
    on both sides; a memoryless population has its own.

    Parameters
    ----------
    population : Population
        The untouched population.
    mechanism : Mechanism
        The lever.
    mode : {"review", "bio"}
        Reading of the lever.
    step : float, optional
        Smaller step, in the unit of the mechanism; an eighth of its larger amount unless given.
    channel, afferent, resolution
        As in ``predict_features``.
    """
    width = _STEP * max(abs(a - mechanism.neutral) for a in mechanism.amounts) if step is None else step
    levels = default_levels(population, channel)
    v_cap = None if isinstance(population.cell, EscapeRateCell) else population.cell.threshold + _CAP

    def features(multiple: float) -> dict[str, float]:
        changed = mechanism.apply(population, mechanism.neutral + multiple * width, mode)
        return predict_features(
            changed, channel=channel, levels=levels, v_cap=v_cap, afferent=afferent, size=0.0, resolution=resolution
        )

    one_sided = min(mechanism.amounts) >= mechanism.neutral
    multiples = (0, 1, 2, 4) if one_sided else (-2, -1, 0, 1, 2)
    values = {m: features(m) for m in multiples}
    names = [name for name in values[0] if all(name in found for found in values.values())]
    differentiate = _forward if one_sided else _central
    return {name: differentiate({m: values[m][name] for m in multiples}, width) for name in names}


def _central(values: dict[int, float], width: float) -> Elasticity:
    fine, coarse = (values[1] - values[-1]) / (2 * width), (values[2] - values[-2]) / (4 * width)
    curvature = (values[1] - 2 * values[0] + values[-1]) / width**2
    return Elasticity(fine + (fine - coarse) / 3, abs(fine - coarse) / 3, curvature / 2)


def _forward(values: dict[int, float], width: float) -> Elasticity:
    fine = (-3 * values[0] + 4 * values[1] - values[2]) / (2 * width)
    coarse = (-3 * values[0] + 4 * values[2] - values[4]) / (4 * width)
    curvature = (values[0] - 2 * values[1] + values[2]) / width**2
    return Elasticity(fine + (fine - coarse) / 3, abs(fine - coarse) / 3, curvature / 2)


def sensitivity_matrix(
    elasticities: dict[str, dict[str, Elasticity]], features: tuple[str, ...], scales: dict[str, float]
) -> Array:
    """Return first-order changes (mechanism, feature) in units of ``scales``, e.g. of standard errors.

    Its singular values tell which mechanisms population data can tell apart at all.
    """
    return np.array([[changes[f].first_order / scales[f] for f in features] for changes in elasticities.values()])
