"""The two-variable decision model from cells: the current-to-rate curve and the gate of both populations."""

from ...meanfield import ExponentialKernel, WongWang
from .current_curve import CurrentCurve, current_curve, current_reduced, operating_current
from .landmarks import Landmarks
from .misfit import Reduced
from .target import Noted, SigmoidMatch, Target

NOTES = {
    "slope": "a of the curve with the rate and slope of the operating point that reaches half the maximum at V50",
    "offset": "b of the same curve, currents counted from the potential without spikes of the channel",
    "curvature": "d of the same curve",
    "tau_nmda": "mean lag of the kernel: one gate carries the whole excitatory response",
}


def estimated(marks: Landmarks, match: SigmoidMatch) -> dict[str, float]:
    """Return the curve and the gate in the terms of wong2006."""
    del match  # the curve is matched at the operating point in any case
    curve = current_curve(marks)
    return {"slope": curve.slope, "offset": curve.offset, "curvature": curve.curvature, "tau_nmda": marks.mean_lag}


def placed(model: WongWang, marks: Landmarks) -> dict[str, Noted]:
    """Return the background at which both populations rest at the operating rate under the stimulus of the set."""
    opening = model.gamma * marks.operating_rate
    gate = opening / (opening + 1 / model.tau_nmda)
    recurrent = (model.self_weight - model.cross_weight) * gate + model.stimulus_weight * model.stimulus
    return {
        "background_current": (
            operating_current(marks) - recurrent,
            "lets both populations rest at the operating rate of the estimate under the stimulus of the set",
        ),
    }


def reduced(model: WongWang, marks: Landmarks) -> Reduced:
    """Return the curve over potentials, and the gate as a kernel."""
    curve = CurrentCurve(model.slope, model.offset, model.curvature)
    return current_reduced(curve, marks, ExponentialKernel(marks.area, model.tau_nmda))


WONG_WANG = Target(
    name="wong-wang",
    title="decision model of Wong and Wang",
    model=WongWang,
    estimated=estimated,
    notes=NOTES,
    placed=placed,
    reduced=reduced,
    resting="rate_1",
    synaptic=("self_weight",),
    growth=lambda marks: marks.charge_ratio,
    citation=("wong2006", "abbott2005"),
)
