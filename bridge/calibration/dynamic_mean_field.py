"""The dynamic mean field from cells: the excitatory current-to-rate curve and the time constant of its gate."""

from typing import Any

from scipy.optimize import brentq

from ...meanfield import DynamicMeanField, ExponentialKernel
from .current_curve import CurrentCurve, current_curve, current_reduced, operating_current
from .landmarks import Landmarks
from .misfit import Reduced
from .target import Noted, SigmoidMatch, Target

NOTES = {
    "slope_e": "a of the curve with the rate and slope of the operating point that reaches half the maximum at V50",
    "offset_e": "b of the same curve, currents counted from the potential without spikes of the channel",
    "curvature_e": "d of the same curve",
    "tau_nmda": "mean lag of the kernel: one gate carries the whole excitatory response",
}


def estimated(marks: Landmarks, match: SigmoidMatch) -> dict[str, float]:
    """Return the curve and the gate in the terms of deco2014."""
    del match  # the curve is matched at the operating point in any case
    curve = current_curve(marks)
    return {
        "slope_e": curve.slope,
        "offset_e": curve.offset,
        "curvature_e": curve.curvature,
        "tau_nmda": marks.mean_lag,
    }


def placed(model: DynamicMeanField, marks: Landmarks) -> dict[str, Noted]:
    """Return the share W_E of the background current at which the region rests at the operating rate.

    The rate fixes both gates; what the excitatory population then lacks of its current, the background gives.
    """
    rate = marks.operating_rate
    s_e = (model.gamma * rate + model.noise_e) / (model.gamma * rate + 1 / model.tau_nmda)
    drive = model.weight_i * model.background_current + model.nmda_weight * s_e

    def balance(current: float) -> float:
        s_i = model.tau_gaba * (float(model.inhibitory_rate(current)) + model.noise_i)
        return current + model.self_inhibition * s_i - drive

    reach = abs(drive) + 1e-9
    low = drive - reach
    while balance(low) > 0:
        low -= reach
    found: Any = brentq(balance, low, drive + reach, xtol=1e-24)
    s_i = model.tau_gaba * (float(model.inhibitory_rate(float(found))) + model.noise_i)
    recurrent = model.recurrence * model.nmda_weight * s_e + model.long_range_current
    lacking = operating_current(marks) - recurrent + model.inhibition * s_i
    return {
        "weight_e": (lacking / model.background_current, "puts the region at the operating rate of the estimate"),
    }


def reduced(model: DynamicMeanField, marks: Landmarks) -> Reduced:
    """Return the excitatory curve over potentials, and the gate as a kernel."""
    curve = CurrentCurve(model.slope_e, model.offset_e, model.curvature_e)
    return current_reduced(curve, marks, ExponentialKernel(marks.area, model.tau_nmda))


DYNAMIC_MEAN_FIELD = Target(
    name="dynamic-mean-field",
    title="dynamic mean field of Deco",
    model=DynamicMeanField,
    estimated=estimated,
    notes=NOTES,
    placed=placed,
    reduced=reduced,
    resting="rate_e",
    synaptic=("recurrence",),
    growth=lambda marks: marks.charge_ratio,
    citation=("deco2014", "abbott2005"),
)
