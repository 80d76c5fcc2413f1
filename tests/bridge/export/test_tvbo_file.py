"""Exported dynamics in the real tvbo: what it reads back, where it rests, and how it answers a push."""

import warnings

import numpy as np
import pytest

from mesobridge.bridge import EXPORTS
from mesobridge.bridge.export import NotExpressible
from mesobridge.bridge.export.equations import equations_of
from mesobridge.bridge.export.unit_system import MILLI
from mesobridge.meanfield import LogisticSigmoid

from .trials import (
    CORTICOTHALAMIC,
    DYNAMIC_MEAN_FIELD,
    EMPIRICAL_LATE,
    JANSEN_RIT,
    LILEY,
    WILSON_COWAN_DRIVEN,
    WONG_WANG,
    apart,
    calibration,
    empirical,
    transfer_from_kicks,
)

FREQUENCY = np.linspace(1.0, 40.0, 40)
LOGISTIC = calibration("empirical", empirical(LogisticSigmoid(40.0, -0.050, 0.002)))
RUNS = {
    "jansen-rit": (JANSEN_RIT, "p", 0.2, 600.0),
    "wilson-cowan": (WILSON_COWAN_DRIVEN, "F", 1e-4, 200.0),
    "dynamic-mean-field": (DYNAMIC_MEAN_FIELD, "noise_e", 1e-3, 2000.0),
    "empirical": (LOGISTIC, "input_exc", 1.0, 1000.0),
}


@pytest.fixture
def tvbo():
    """Tvbo, or a skipped test; its own warnings are not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield pytest.importorskip("tvbo", reason="tvbo is not installed: make test-simulators")


def states_from(dynamics, equations, duration, dt=0.1):
    """Return a run of the dynamics in SI, for `transfer_from_kicks`."""
    factors = np.array([1 / MILLI.value(1.0, variable.unit) for variable in equations.variables])

    def run(start):
        found = dynamics.run(format="python", duration=duration, dt=dt, u_0=list(start / factors), save=False)
        states = np.asarray(found.data)[:, :, 0, 0].T
        order = [list(dynamics.state_variables).index(name) for name in equations.names]
        return 1e-3 * np.asarray(found.time, dtype=float), states[order] * factors[:, None]

    return run


@pytest.mark.parametrize("trial", [JANSEN_RIT, LILEY, WONG_WANG], ids=lambda one: one.base.model)
def test_what_is_read_back_is_the_model(tvbo, trial, tmp_path):
    paths = EXPORTS["tvbo"].write(trial, tmp_path)
    assert len(paths) == len(trial.models)
    for path, model in zip(paths, trial.models, strict=True):
        dynamics = tvbo.Dynamics.from_file(path)
        equations = equations_of(model.instance).in_units(MILLI)
        assert {name: float(p.value) for name, p in dynamics.parameters.items()} == equations.values
        assert tuple(dynamics.state_variables) == equations.names


@pytest.mark.parametrize("name", RUNS)
def test_the_response_is_ours(tvbo, name, tmp_path):
    trial, pushed, size, duration = RUNS[name]
    path = EXPORTS["tvbo"].write(trial, tmp_path)[0]
    model = trial.base.instance
    equations = equations_of(model)
    run = states_from(tvbo.Dynamics.from_file(path), equations, duration)
    theirs = transfer_from_kicks(run, equations, pushed, FREQUENCY, size)
    ours = model.transfer(FREQUENCY, input=pushed.removeprefix("input_"))
    error = float(np.abs(theirs - ours).max() / np.abs(ours).max())
    print(f"tvbo, {name}: largest error {error:.2e}, log10 |H|^2 apart {apart(theirs, ours):.2e}")
    # odeint keeps 1.5e-8 of a state, the push is some 1e-3 of it.
    assert error < 5e-3


@pytest.mark.parametrize("trial", [CORTICOTHALAMIC, EMPIRICAL_LATE], ids=lambda one: one.base.model)
def test_delays_are_refused_with_a_way_out(trial, tmp_path):
    with pytest.raises(NotExpressible, match="tvb"):
        EXPORTS["tvbo"].write(trial, tmp_path)


def test_writing_needs_no_tvbo_and_says_what_the_file_is(tmp_path):
    text = EXPORTS["tvbo"].write(LILEY, tmp_path)[0].read_text(encoding="utf-8")
    for said in ("time in ms", "95 % interval", "leak_conductance", "Jumps are small.", "shine2021", "not expressed"):
        assert said in text
