"""Our models in the parameters of the classes that TVB ships: its units are mV and ms, with exceptions named here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ...meanfield import DynamicMeanField, EmpiricalMass, JansenRit, MassModel, WilsonCowan
from ...meanfield.conventions import saturation_per_millisecond
from .unit_system import MILLI

_NANOAMPERE = 1e-9


@dataclass(frozen=True)
class NativeModel:
    """A class of TVB with numbers of ours.

    Parameters
    ----------
    module, name : str
        Where the class is, and its name.
    parameters : dict
        Its parameters, name to (value, unit).
    states : dict
        Its state variables at rest.
    factors : dict
        Size of one unit of each state in SI.
    coupling : str
        What long-range coupling adds to, in words.
    """

    module: str
    name: str
    parameters: dict[str, tuple[float, str]]
    states: dict[str, float]
    coupling: str


def native_model(instance: MassModel | EmpiricalMass) -> NativeModel | None:
    """Return TVB's own class for a model, or None where it has none that means the same."""
    writer = _NATIVE.get(type(instance))
    return writer(instance) if writer else None


def _rest(model: MassModel) -> list[float]:
    points = model.fixed_points(number=1)
    state = next((point for point in points if point.stability.stable), points[0]).state
    return [MILLI.value(y, v.unit) for y, v in zip(state, type(model).VARIABLES, strict=True)]


def _table(model: MassModel, names: dict[str, tuple[str, str]]) -> dict[str, tuple[float, str]]:
    return {
        theirs: (MILLI.value(getattr(model, ours), unit), MILLI.unit(unit)) for theirs, (ours, unit) in names.items()
    }


def _jansen_rit(model: JansenRit) -> NativeModel:
    names = {
        "A": ("A", "V"), "B": ("B", "V"), "a": ("a", "1/s"), "b": ("b", "1/s"),
        "v0": ("v0", "V"), "nu_max": ("e0", "Hz"), "r": ("r", "1/V"), "mu": ("p", "Hz"),
        "J": ("C", "1"), "a_1": ("C1", "1"), "a_2": ("C2", "1"), "a_3": ("C3", "1"), "a_4": ("C4", "1"),
    }  # fmt: skip
    return NativeModel(
        "tvb.simulator.models.jansen_rit",
        "JansenRit",
        _table(model, names),
        dict(zip(("y0", "y1", "y2", "y3", "y4", "y5"), _rest(model), strict=True)),
        "the input mu, in spikes per ms (use SigmoidalJansenRit coupling)",
    )


def _wilson_cowan(model: WilsonCowan) -> NativeModel | None:
    # TVB's class has no drive outside its sigmoids.
    if model.F or model.G:
        return None
    same = ("c_ee", "c_ei", "c_ie", "c_ii", "a_e", "a_i", "k_e", "k_i", "r_e", "r_i", "P", "Q")
    names = {name: (name, "1") for name in same}
    names |= {"b_e": ("theta_e", "1"), "b_i": ("theta_i", "1"), "tau_e": ("tau_e", "s"), "tau_i": ("tau_i", "s")}
    fixed = {name: (value, "1") for name, value in _WILSON_COWAN_FIXED.items()}
    return NativeModel(
        "tvb.simulator.models.wilson_cowan",
        "WilsonCowan",
        {**_table(model, names), **fixed},
        dict(zip(("E", "I"), _rest(model), strict=True)),
        "the argument of the excitatory sigmoid",
    )


# b is where our theta is; TVB's own theta is a second shift, and c, alpha are second factors.
_WILSON_COWAN_FIXED = {"theta_e": 0.0, "theta_i": 0.0, "c_e": 1.0, "c_i": 1.0, "alpha_e": 1.0, "alpha_i": 1.0}


def _dynamic_mean_field(model: DynamicMeanField) -> NativeModel | None:
    """Return TVB's class: time in ms, but its rates in Hz, its curvatures in s, and S_i = 1 means 1 nA on itself."""
    if model.noise_e or model.noise_i or not model.self_inhibition:
        return None
    weight = model.self_inhibition / _NANOAMPERE
    parameters: dict[str, tuple[float, str]] = {
        "a_e": (model.gain_e * model.slope_e * _NANOAMPERE, "Hz/nA"),
        "b_e": (model.gain_e * model.offset_e, "Hz"),
        "d_e": (model.curvature_e, "s"),
        "gamma_e": (float(saturation_per_millisecond(model.gamma)), "s/ms"),
        "a_i": (model.gain_i * model.slope_i * _NANOAMPERE, "Hz/nA"),
        "b_i": (model.gain_i * model.offset_i, "Hz"),
        "d_i": (model.curvature_i, "s"),
        "gamma_i": (float(saturation_per_millisecond(weight)), "s/ms"),
        "J_i": (model.inhibition / _NANOAMPERE / weight, "nA"),
    }
    names = {
        "tau_e": ("tau_nmda", "s"), "tau_i": ("tau_gaba", "s"), "w_p": ("recurrence", "1"),
        "J_N": ("nmda_weight", "A"), "W_e": ("weight_e", "1"), "W_i": ("weight_i", "1"),
        "I_o": ("background_current", "A"), "I_ext": ("long_range_current", "A"),
    }  # fmt: skip
    s_e, s_i = _rest(model)
    return NativeModel(
        "tvb.simulator.models.wong_wang_exc_inh",
        "ReducedWongWangExcInh",
        {**_table(model, names), **parameters},
        {"S_e": s_e, "S_i": s_i * weight},
        "G J_N sum w S_e into the excitatory population (G is the user's)",
    )


_NATIVE: dict[type, Callable[[Any], NativeModel | None]] = {
    JansenRit: _jansen_rit,
    WilsonCowan: _wilson_cowan,
    DynamicMeanField: _dynamic_mean_field,
}
