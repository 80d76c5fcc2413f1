"""Exported models in the real neurolib: the same resting states and, as its step goes to zero, the same response."""

import json
import warnings

import numpy as np
import pytest

from mesobridge.bridge import EXPORTS
from mesobridge.bridge.export import NotExpressible
from mesobridge.bridge.export.equations import equations_of

from .trials import (
    DYNAMIC_MEAN_FIELD,
    JANSEN_RIT,
    WILSON_COWAN,
    WILSON_COWAN_DRIVEN,
    apart,
    loaded,
    transfer_from_kicks,
)

FREQUENCY = np.linspace(1.0, 40.0, 40)


@pytest.fixture
def neurolib():
    """Neurolib, or a skipped test; its own warnings are not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pytest.importorskip("neurolib.models.wc", reason="neurolib is not installed: make test-simulators")
        yield


# Per class: the names of outputs in the order of our state, and of their starting values.
_NAMES = {"WCModel": (("exc", "inh"), ("exc_init", "inh_init")), "WWModel": (("se", "si"), ("ses_init", "sis_init"))}


def states_from(module, equations, duration, dt):
    """Return a run of the exported file in our state variables, for `transfer_from_kicks`."""
    rest = np.array(list(module.RESTS["base"].values()))
    factors = np.asarray(equations.rest) / rest

    def run(start):
        made = module.model("base", duration=duration)
        outputs, starts = _NAMES[type(made).__name__]
        made.params["dt"] = dt
        for name, value in zip(starts, start / factors, strict=True):
            made.params[name] = np.full((1, 1), value)
        made.run()
        course = np.array([made[name][0] for name in outputs]) * factors[:, None]
        course = np.concatenate([start[:, None], course], axis=1)
        return 1e-3 * dt * np.arange(course.shape[1]), course

    return run


@pytest.mark.parametrize("calibration", [WILSON_COWAN, WILSON_COWAN_DRIVEN, DYNAMIC_MEAN_FIELD])
def test_it_rests_where_ours_does(neurolib, calibration, tmp_path):
    module = loaded(EXPORTS["neurolib"].write(calibration, tmp_path)[0])
    model = calibration.base.instance
    made = module.model("base", duration=500.0)
    made.run()
    point = model.resting_state()
    ours = [point["E"], point["I"]] if "E" in point.variables else [point["rate_e"], point["rate_i"]]
    theirs = [made[name][0, -1] * scale for name, scale in module.SCALES["base"].items()]
    assert theirs == pytest.approx(ours, rel=1e-8)


@pytest.mark.parametrize("calibration", [WILSON_COWAN, WILSON_COWAN_DRIVEN, DYNAMIC_MEAN_FIELD])
def test_the_response_is_ours_but_for_the_step_and_what_is_recorded(neurolib, calibration, tmp_path):
    model = calibration.base.instance
    path, numbers = EXPORTS["neurolib"].write(calibration, tmp_path)
    module, equations = loaded(path), equations_of(model)
    pushed, duration, dt = ("F", 200.0, 0.05) if type(model).__name__ == "WilsonCowan" else ("noise_e", 2000.0, 0.5)
    ours = model.transfer(FREQUENCY, input=pushed)
    found = []
    for step in (dt, dt / 2):
        run = states_from(module, equations, duration, step)
        found.append(transfer_from_kicks(run, equations, pushed, FREQUENCY, 1e-5))
    # Its integrator is Euler's: one more step of the limit removes the first order.
    limit = 2 * found[1] - found[0]
    sizes = [float(np.abs(one - ours).max() / np.abs(ours).max()) for one in (*found, limit)]
    print(f"neurolib, {calibration.base.model}: errors {sizes}, log10 |H|^2 apart {apart(limit, ours):.2e}")
    assert sizes[2] < 0.01
    if pushed == "noise_e":
        assert sizes[2] < 0.1 * sizes[1] < 0.1 * sizes[0]
    assert json.loads(numbers.read_text())["neurolib"]["parameters"]["base"] == module.CONDITIONS["base"]


def test_what_wilson_cowan_loses_is_what_the_file_says(neurolib, tmp_path):
    from mesobridge.bridge.export.neurolib_wilson_cowan import wilson_cowan_in_neurolib

    model = WILSON_COWAN.base.instance
    _, _, (misfit,) = wilson_cowan_in_neurolib(model)
    frequency = np.linspace(1.0, 50.0, 100)
    module, equations = loaded(EXPORTS["neurolib"].write(WILSON_COWAN, tmp_path)[0]), equations_of(model)
    coarse, fine = (
        transfer_from_kicks(states_from(module, equations, 200.0, dt), equations, "P", frequency, 1e-6)
        for dt in (0.05, 0.025)
    )
    # A push of P is one of E in both, which ours and theirs answer with gains of their own.
    assert misfit.gain_error is not None
    ratio = 1 + misfit.gain_error
    error = apart(ratio * (2 * fine - coarse), model.transfer(frequency, input="P"))
    assert misfit.spectrum_error is not None
    assert error == pytest.approx(misfit.spectrum_error, rel=0.05)
    assert 1e-4 < error < 0.02


def test_the_time_constant_of_inhibition_matters_and_is_right(neurolib, tmp_path):
    module = loaded(EXPORTS["neurolib"].write(DYNAMIC_MEAN_FIELD, tmp_path)[0])
    made = module.model("base", duration=500.0)
    made.integration = type(made)().integration
    made.run()
    point = DYNAMIC_MEAN_FIELD.base.instance.resting_state()
    unmended = made["r_exc"][0, -1] * 1e3
    assert abs(unmended - point["rate_e"]) > 0.5, "neurolib has mended its inhibitory time constant: drop `mended`"


def test_what_neurolib_has_no_model_for_is_refused(tmp_path):
    with pytest.raises(NotExpressible, match=r"jansen-rit.*wilson-cowan"):
        EXPORTS["neurolib"].write(JANSEN_RIT, tmp_path)


def test_writing_needs_no_neurolib_and_says_what_the_file_is(tmp_path):
    path, numbers = EXPORTS["neurolib"].write(WILSON_COWAN_DRIVEN, tmp_path)
    text = path.read_text(encoding="utf-8")
    for said in ("time in ms", "95 % interval", "leak_conductance", "Jumps are small.", "shine2021", "not expressed"):
        assert said in text
    assert {"cell", "validity", "citation", "provenance", "units"} <= set(json.loads(numbers.read_text()))
