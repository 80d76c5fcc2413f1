"""Wilson and Cowan's pools from cells: the excitatory pool is the estimated population, its drive counted in mV."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import expit

from ...meanfield import ExponentialKernel, LogisticSigmoid, WilsonCowan
from ...meanfield.conventions import steepness_from_scale
from .landmarks import Landmarks
from .matching import logistic_of
from .misfit import Reduced, logistic_reduced
from .target import Noted, SigmoidMatch, Target

Array = NDArray[np.floating]

_MILLIVOLT = 1e-3

NOTES = {
    "a_e": "1 mV over the logistic scale: the drive is counted in mV above the potential without spikes of the channel",
    "theta_e": "middle of the sigmoid in the same mV",
    "tau_e": "mean lag of the kernel; area and mean lag are kept",
    "F": "gives back the rate without spikes of the channel, which S of the model leaves out",
}


def estimated(marks: Landmarks, match: SigmoidMatch) -> dict[str, float]:
    """Return steepness, position and time constant of the excitatory pool in the terms of wilson1972."""
    sigmoid = logistic_of(marks, match)
    steepness = _MILLIVOLT * float(steepness_from_scale(sigmoid.sigma))
    position = (sigmoid.theta - marks.rest) / _MILLIVOLT
    return {"a_e": steepness, "theta_e": position, "tau_e": marks.mean_lag, "F": float(expit(-steepness * position))}


def rescaled(values: Mapping[str, float], marks: Landmarks) -> dict[str, Noted]:
    """Return the published connections onto the excitatory pool in mV, so that connection times steepness is kept."""
    factor = values["a_e"] / estimated(marks, "curve")["a_e"]
    note = f"times {factor:.4g}, which writes it in mV and keeps its product with the steepness"
    return {name: (factor * values[name], note) for name in ("c_ee", "c_ei")}


def placed(model: WilsonCowan, marks: Landmarks) -> dict[str, Noted]:
    """Return the drive P at which the excitatory pool rests at the operating potential, and no refractory share.

    The measured rate has refractory periods in it already: taking them away once more would count them twice.
    """
    drive = (marks.operating_v - marks.rest) / _MILLIVOLT
    e = float(_active(drive, model))
    i = _inhibition(model, e)
    return {
        "k_e": (1.0, f"E = 1 stands for {marks.q_max:.4g} Hz, the estimated maximum"),
        "r_e": (0.0, "the estimated rate has refractory periods in it already"),
        "P": (
            drive - model.c_ee * e + model.c_ei * i,
            "mV; puts the excitatory pool at the operating potential of the estimate",
        ),
    }


def _active(drive: ArrayLike, model: WilsonCowan) -> Array:
    """Return the active fraction at a drive (mV), without refractoriness."""
    silent = expit(-model.a_e * model.theta_e)
    return expit(model.a_e * (np.asarray(drive, dtype=float) - model.theta_e)) - silent + model.F


def _inhibition(model: WilsonCowan, e: float) -> float:
    """Return the active fraction of the inhibitory pool that rests beside ``e``: the one root of a falling balance."""
    silent = float(expit(-model.a_i * model.theta_i))

    def balance(i: float) -> float:
        s = float(expit(model.a_i * (model.c_ie * e - model.c_ii * i + model.Q - model.theta_i))) - silent
        return (model.G + model.k_i * s) / (1 + model.r_i * s) - i

    reach = 2 * (abs(model.G) + model.k_i + 1)
    found: Any = brentq(balance, -reach, reach, xtol=1e-15)
    return float(found)


def reduced(model: WilsonCowan, marks: Landmarks) -> Reduced:
    """Return the excitatory pool as a rate of the potential; one first-order stage is its kernel."""
    theta, scale = marks.rest + _MILLIVOLT * model.theta_e, _MILLIVOLT / model.a_e
    sigmoid = LogisticSigmoid(marks.q_max, theta, scale)
    return logistic_reduced(sigmoid, ExponentialKernel(marks.area, model.tau_e), "one exponential stage")


WILSON_COWAN = Target(
    name="wilson-cowan",
    title="localised populations of Wilson and Cowan",
    model=WilsonCowan,
    estimated=estimated,
    notes=NOTES,
    placed=placed,
    reduced=reduced,
    resting="E",
    synaptic=("c_ee", "P"),
    rescaled=rescaled,
    citation=("wilson1972",),
)
