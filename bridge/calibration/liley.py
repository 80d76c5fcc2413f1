"""Liley's mass from cells: the excitatory population, in absolute potentials."""

import math
from functools import cache

import numpy as np

from ...meanfield import CascadeKernel, Liley, LogisticSigmoid
from ...meanfield.conventions import liley_width_from_scale, scale_from_liley_width
from .landmarks import Landmarks
from .matching import logistic_of, synapse_and_membrane
from .misfit import Reduced, logistic_reduced
from .target import Noted, SigmoidMatch, Target

NOTES = {
    "q_max_e": "maximal rate",
    "theta_e": "middle of the sigmoid",
    "width_e": "sqrt(2) times the logistic scale",
    "rest_e": "potential without spikes of the channel",
    "tau_e": "membrane behind an alpha synapse; mean lag and variance of the kernel are kept where they can be",
    "rate_constant_e": "1 over the time constant of that synapse",
    "peak_e": "from the area of the kernel, referred from the operating point to rest by the driving force",
}


@cache
def _reversal() -> float:
    """Return the published reversal potential of excitation, V."""
    return Liley.published().reversal_e


def _force(marks: Landmarks) -> float:
    """Return the driving force at the operating point relative to that at rest, 1."""
    return (_reversal() - marks.operating_v) / (_reversal() - marks.rest)


def estimated(marks: Landmarks, match: SigmoidMatch) -> dict[str, float]:
    """Return sigmoid, membrane and excitatory synapse in the terms of liley2002."""
    sigmoid = logistic_of(marks, match)
    synapse, membrane = synapse_and_membrane(marks)
    return {
        "q_max_e": sigmoid.q_max,
        "theta_e": sigmoid.theta,
        "width_e": float(liley_width_from_scale(sigmoid.sigma)),
        "rest_e": marks.rest,
        "tau_e": membrane,
        "rate_constant_e": 1 / synapse,
        "peak_e": marks.area / (math.e * synapse * _force(marks)),
    }


def placed(model: Liley, marks: Landmarks) -> dict[str, Noted]:
    """Return the outside input p_ee at which the excitatory cells rest at the operating potential, 0 if none does."""
    h = marks.operating_v
    state = np.asarray(model.steady_curve().lift(h), dtype=float)
    inhibition = (model.reversal_i - h) / abs(model.reversal_i - model.rest_e) * float(state[3])
    excitation = (h - model.rest_e - inhibition) * abs(model.reversal_e - model.rest_e) / (model.reversal_e - h)
    sigmoid = LogisticSigmoid(model.q_max_e, model.theta_e, float(scale_from_liley_width(model.width_e)))
    wanted = excitation * model.rate_constant_e / (math.e * model.peak_e) - model.count_ee * float(sigmoid(h))
    if wanted < 0:
        note = f"the published counts alone bring {-wanted:.3g} Hz more than the operating potential takes"
        return {"p_ee": (0.0, note)}
    return {"p_ee": (wanted, "puts the excitatory cells at the operating potential of the estimate")}


def reduced(model: Liley, marks: Landmarks) -> Reduced:
    """Return the excitatory sigmoid, and synapse and membrane as one kernel of the estimated area."""
    sigmoid = LogisticSigmoid(model.q_max_e, model.theta_e, float(scale_from_liley_width(model.width_e)))
    synapse = 1 / model.rate_constant_e
    kernel = CascadeKernel(marks.area, (synapse, synapse, model.tau_e))
    return logistic_reduced(sigmoid, kernel, "an alpha synapse behind a membrane")


LILEY = Target(
    name="liley",
    title="mass model of Liley",
    model=Liley,
    estimated=estimated,
    notes=NOTES,
    placed=placed,
    reduced=reduced,
    resting="rate_e",
    citation=("liley2002", "dafilis2009"),
)
