"""Jansen and Rit's column from cells: one sigmoid for all, the excitatory kernel from the estimate."""

from ...meanfield import JansenRit, LogisticSigmoid
from ...meanfield.conventions import jansen_from_kernel, kernel_from_jansen, scale_from_steepness, steepness_from_scale
from .landmarks import Landmarks
from .matching import alpha_of, logistic_of
from .misfit import Reduced, logistic_reduced
from .target import Noted, SigmoidMatch, Target

NOTES = {
    "A": "area of the kernel times a: the kernel is A a t exp(-a t)",
    "a": "2 over the mean lag of the kernel; area and mean lag are kept",
    "e0": "half of the maximal rate",
    "v0": "middle of the sigmoid above the potential without spikes of the channel",
    "r": "1 over the logistic scale",
}


def estimated(marks: Landmarks, match: SigmoidMatch) -> dict[str, float]:
    """Return the sigmoid and the excitatory kernel in the terms of jansen1995."""
    sigmoid = logistic_of(marks, match)
    amplitude, rate = jansen_from_kernel(alpha_of(marks))
    return {
        "A": amplitude,
        "a": rate,
        "e0": sigmoid.q_max / 2,
        "v0": sigmoid.theta - marks.rest,
        "r": float(steepness_from_scale(sigmoid.sigma)),
    }


def placed(model: JansenRit, marks: Landmarks) -> dict[str, Noted]:
    """Return the input p at which the pyramidal cells rest at the operating potential: the balance solved for p."""
    v = marks.operating_v - marks.rest
    sigmoid = _sigmoid(model, 0.0)
    counts = [model.C * part for part in (model.C1, model.C2, model.C3, model.C4)]
    excitation, inhibition = model.A / model.a, model.B / model.b
    y0 = excitation * float(sigmoid(v))
    y2 = inhibition * counts[3] * float(sigmoid(counts[2] * y0))
    p = (v + y2) / excitation - counts[1] * float(sigmoid(counts[0] * y0))
    return {"p": (p, "puts the pyramidal cells at the operating potential of the estimate")}


def _sigmoid(model: JansenRit, rest: float) -> LogisticSigmoid:
    return LogisticSigmoid(2 * model.e0, rest + model.v0, float(scale_from_steepness(model.r)))


def reduced(model: JansenRit, marks: Landmarks) -> Reduced:
    """Return the pyramidal sigmoid in absolute potentials, and the excitatory kernel."""
    return logistic_reduced(_sigmoid(model, marks.rest), kernel_from_jansen(model.A, model.a), "an alpha kernel")


JANSEN_RIT = Target(
    name="jansen-rit",
    title="cortical column of Jansen and Rit",
    model=JansenRit,
    estimated=estimated,
    notes=NOTES,
    placed=placed,
    reduced=reduced,
    resting="rate",
    citation=("jansen1995",),
)
