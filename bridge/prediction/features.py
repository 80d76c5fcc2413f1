"""All features of a population at once, and the split of a change of gain into slope and area."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ...spiking import Population
from .kernel import predict_kernel
from .sigmoid import SigmoidPrediction, predict_sigmoid
from .single_cell import Resolution


def predict_features(
    population: Population,
    *,
    channel: str = "current",
    levels: ArrayLike | None = None,
    v_cap: float | None = None,
    afferent: str = "excitatory",
    size: float = 1.0,
    current: float = 0.0,
    resolution: Resolution | None = None,
) -> dict[str, float]:
    """Predict sigmoid, kernel and operating-point features of a population.

    Parameters
    ----------
    population : Population
        Description of the cells, their afferents and their noise.
    channel, levels, v_cap, resolution
        As in ``predict_sigmoid``.
    afferent, size
        As in ``predict_kernel``.
    current : float
        Current at the operating point, A, added to the population's own.

    Returns
    -------
    dict of str to float
        The shared feature names, SI; ``operating_v``, ``operating_rate``, ``operating_slope`` and ``gain`` at the
        operating point.

    Raises
    ------
    PredictionRefused
        If the operating point or a level has no unique stable state, or the levels do not reach the operating point.
    """
    sigmoid = predict_sigmoid(population, channel=channel, levels=levels, v_cap=v_cap, resolution=resolution)
    kernel = predict_kernel(population, afferent, size=size, current=current)
    operating = _at_operating_point(sigmoid, kernel.operating_point.v)
    gain = operating["operating_slope"] * kernel.features["area"]
    return {**sigmoid.features, **kernel.features, **operating, "gain": gain}


def _at_operating_point(sigmoid: SigmoidPrediction, v: float) -> dict[str, float]:
    return {
        "operating_v": v,
        "operating_rate": float(sigmoid.sigmoid(v)),
        "operating_slope": float(np.asarray(sigmoid.gain(v))),
    }


@dataclass(frozen=True)
class GainSplit:
    """Change of the logarithm of the gain, and its two parts: d ln gain = d ln Q' + d ln area."""

    gain: float
    slope: float
    area: float


def split_gain(base: dict[str, float], changed: dict[str, float]) -> GainSplit:
    """Split the change of gain between two feature sets.

    Raises
    ------
    ValueError
        If a slope is 0 or an area changes sign, so that a logarithm does not exist.
    """
    parts = {}
    for name in ("operating_slope", "area"):
        ratio = changed[name] / base[name] if base[name] else math.nan
        if not ratio > 0:
            raise ValueError(
                f"split_gain: {name} goes from {base[name]:g} to {changed[name]:g}; its logarithm needs one sign and "
                "no 0."
            )
        parts[name] = math.log(ratio)
    return GainSplit(sum(parts.values()), parts["operating_slope"], parts["area"])
