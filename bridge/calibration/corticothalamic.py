"""Robinson's corticothalamic field from cells: one sigmoid for all, one synaptodendritic kernel for all."""

from scipy.special import logit

from ...meanfield import CorticothalamicField, LogisticSigmoid
from ...meanfield.conventions import kernel_from_robinson, robinson_from_kernel
from .landmarks import Landmarks
from .matching import biexponential_of, logistic_of
from .misfit import Reduced, logistic_reduced
from .target import Noted, SigmoidMatch, Target

NOTES = {
    "q_max": "maximal rate",
    "theta": "middle of the sigmoid above the potential without spikes of the channel",
    "sigma": "logistic scale; the sd of thresholds in robinson1997 is pi/sqrt(3) times it",
    "alpha": "1 over the slower time constant of the kernel; area, mean lag and variance are kept where they can be",
    "beta": "1 over its faster time constant",
}


def estimated(marks: Landmarks, match: SigmoidMatch) -> dict[str, float]:
    """Return sigmoid and kernel in the terms of robinson1997."""
    sigmoid = logistic_of(marks, match)
    _, alpha, beta = robinson_from_kernel(biexponential_of(marks))
    return {
        "q_max": sigmoid.q_max,
        "theta": sigmoid.theta - marks.rest,
        "sigma": sigmoid.sigma,
        "alpha": alpha,
        "beta": beta,
    }


def placed(model: CorticothalamicField, marks: Landmarks) -> dict[str, Noted]:
    """Return the input phi_n at which the cortex rests at the operating potential, if the relay nuclei can do that.

    The cortical balance gives their rate, hence their potential, and its balance the input.
    """
    sigmoid = LogisticSigmoid(model.q_max, model.theta, model.sigma)
    v_e = marks.operating_v - marks.rest
    q_e = float(sigmoid(v_e))
    q_s = (v_e - (model.nu_ee + model.nu_ei) * q_e) / model.nu_es
    if not 0 < q_s < model.q_max:
        note = f"as published: the relay nuclei would have to fire at {q_s:.3g} Hz to hold the operating potential"
        return {"phi_n": (model.phi_n, note)}
    v_s = model.theta + model.sigma * float(logit(q_s / model.q_max))
    q_r = float(sigmoid(model.nu_re * q_e + model.nu_rs * q_s))
    phi_n = (v_s - model.nu_se * q_e - model.nu_sr * q_r) / model.nu_sn
    return {"phi_n": (phi_n, "puts the cortex at the operating potential of the estimate")}


def reduced(model: CorticothalamicField, marks: Landmarks) -> Reduced:
    """Return the sigmoid in absolute potentials, and the kernel with the area of the estimate."""
    sigmoid = LogisticSigmoid(model.q_max, marks.rest + model.theta, model.sigma)
    kernel = kernel_from_robinson(marks.area, model.alpha, model.beta)
    return logistic_reduced(sigmoid, kernel, "a biexponential kernel")


CORTICOTHALAMIC = Target(
    name="corticothalamic",
    title="corticothalamic field of Robinson",
    model=CorticothalamicField,
    estimated=estimated,
    notes=NOTES,
    placed=placed,
    reduced=reduced,
    resting="Q_e",
    synaptic=("nu_ee", "nu_es"),
    citation=("robinson1997", "robinson2002"),
)
