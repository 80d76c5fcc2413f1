"""Right hand of a study: what theory says of each condition, from its description alone."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..bridge.prediction import PredictionRefused, SigmoidPrediction, predict_kernel, predict_sigmoid
from ..bridge.prediction.rate import point_at
from ..spiking import Population
from .replicated import Features

Array = NDArray[np.floating]

LEVELS = 24
_MOST_STEPS = 20  # tenths of the range by which the highest drive may be raised


@dataclass(frozen=True, kw_only=True)
class PredictionRequest:
    """What is to be predicted: the range of the drive, where q_max is read, and the operating point.

    ``v_above`` (V) is the potential of q_max above the threshold; without it (another definition of q_max) the features
    that depend on q_max are left out, since theory knows no fitted asymptote.
    """

    channel: str
    lowest: float
    highest: float
    v_above: float | None
    afferent: str
    operating_drive: float
    lags: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Predicted:
    """Predicted features, sigmoid (V, Hz) and kernel (V at the lags); empty where theory refuses, with the reason."""

    features: Features
    v: Array
    rate: Array
    response: Array
    super_additivity: dict[str, float]
    refusals: tuple[tuple[str, str], ...]


def predict(population: Population, request: PredictionRequest) -> Predicted:
    """Predict one condition.

    Returns
    -------
    Predicted
        With a refusal in place of what theory cannot give.
    """
    refusals: list[tuple[str, str]] = []
    features: Features = {}
    v, rate, response = np.array([]), np.array([]), np.full(len(request.lags), np.nan)
    additivity: dict[str, float] = {}
    current = request.operating_drive if request.channel == "current" else 0.0
    try:
        kernel = predict_kernel(population, request.afferent, current=current)
        response = np.asarray(kernel.kernel(np.array(request.lags)))
        features |= kernel.features | {"operating_v": kernel.operating_point.v}
        additivity = kernel.super_additivity
    except PredictionRefused as refused:
        refusals.append(("predicted kernel", str(refused)))
    try:
        cap = None if request.v_above is None else population.cell.threshold + request.v_above
        levels = np.linspace(request.lowest, _reaching(population, request, cap), LEVELS)
        sigmoid = predict_sigmoid(population, channel=request.channel, levels=levels, v_cap=cap)
        v, rate = sigmoid.table.v_free, sigmoid.table.rate
        features |= sigmoid.features if request.v_above is not None else {}
        features |= _operating(sigmoid, features)
    except PredictionRefused as refused:
        refusals.append(("predicted sigmoid", str(refused)))
    return Predicted(
        features=features, v=v, rate=rate, response=response, super_additivity=additivity, refusals=tuple(refusals)
    )


def _reaching(population: Population, request: PredictionRequest, cap: float | None) -> float:
    """Return the highest drive, raised until it reaches the potential of q_max: levers may add conductance."""
    drive, step = request.highest, 0.1 * (request.highest - request.lowest)
    for _ in range(_MOST_STEPS):
        if cap is None or point_at(population, request.channel, drive).v >= cap:
            break
        drive += step
    return drive


def _operating(sigmoid: SigmoidPrediction, features: Features) -> Features:
    if "operating_v" not in features:
        return {}
    v = features["operating_v"]
    slope = float(np.asarray(sigmoid.gain(v)))
    found = {"operating_rate": float(sigmoid.sigmoid(v)), "operating_slope": slope}
    return found | ({"gain": slope * features["area"]} if "area" in features else {})
