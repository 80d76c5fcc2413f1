"""Exported templates in the real PyRates: the same resting states, and the same response as the step goes to zero."""

import contextlib
import io
import warnings
from importlib import import_module

import numpy as np
import pytest

from mesobridge.bridge import EXPORTS
from mesobridge.bridge.export.equations import equations_of
from mesobridge.bridge.export.logistic_sum import elementary_equations
from mesobridge.bridge.export.pyrates_file import condition_names, number
from mesobridge.meanfield import LogisticSigmoid

from .trials import (
    CORTICOTHALAMIC,
    DYNAMIC_MEAN_FIELD,
    EMPIRICAL,
    JANSEN_RIT,
    LILEY,
    WILSON_COWAN_DRIVEN,
    WONG_WANG,
    apart,
    calibration,
    empirical,
    output_of,
    transfer_from_kicks,
)

FREQUENCY = np.linspace(1.0, 40.0, 40)
RENAMED = ("y", "dy", "pi", "I", "E", "S", "Q", "O", "N", "beta", "gamma")
LOGISTIC = calibration("empirical", empirical(LogisticSigmoid(40.0, -0.050, 0.002)))

# Calibration, what is pushed, push (its unit times s), duration and longer of two steps (s).
RUNS = {
    "jansen-rit": (JANSEN_RIT, "p", 1e-2, 0.6, 4e-4),
    "wilson-cowan": (WILSON_COWAN_DRIVEN, "F", 1e-5, 0.2, 4e-4),
    "dynamic-mean-field": (DYNAMIC_MEAN_FIELD, "noise_e", 1e-4, 2.0, 2e-3),
    "empirical": (LOGISTIC, "input_exc", 1e-2, 1.0, 4e-4),
}


@pytest.fixture(autouse=True)
def pyrates(tmp_path, monkeypatch):
    """PyRates, or a skipped test; it writes into the working folder and remembers operators by name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        utility = pytest.importorskip("pyrates.utility", reason="PyRates is not installed: make test-simulators")
        monkeypatch.chdir(tmp_path)
        utility.clear_frontend_caches()
        yield


def states_from(path, equations, circuit, duration, dt):
    """Return a run of the exported circuit in SI, for `transfer_from_kicks`."""
    template = import_module("pyrates").CircuitTemplate
    clear = import_module("pyrates.utility").clear_frontend_caches
    names = [f"{name}_" if name in RENAMED else name for name in equations.names]

    def run(start):
        clear()
        with contextlib.redirect_stdout(io.StringIO()):
            net = template.from_yaml(f"{path.with_suffix('')}/{circuit}")
            operator = f"region/{circuit}_operator"
            net.update_var(node_vars={f"{operator}/{n}": float(y) for n, y in zip(names, start, strict=True)})
            found = net.run(
                simulation_time=duration,
                step_size=dt,
                outputs={n: f"{operator}/{n}" for n in names},
                solver="scipy",
                method="RK45",
                rtol=1e-9,
                atol=1e-12,
                clear=True,
                float_precision="float64",
            )
        return np.asarray(found.index, dtype=float), found[names].to_numpy(dtype=float).T

    return run


@pytest.mark.parametrize("trial", [JANSEN_RIT, LILEY, WONG_WANG, CORTICOTHALAMIC], ids=lambda one: one.base.model)
def test_every_condition_rests_where_ours_does(trial, tmp_path):
    (path,) = EXPORTS["pyrates"].write(trial, tmp_path)
    assert trial.models
    for model, name in zip(trial.models, condition_names(trial).values(), strict=True):
        equations = equations_of(model.instance)
        circuit = f"{trial.base.model.replace('-', '_')}_{name}"
        _, states = states_from(path, equations, circuit, 0.05, 5e-4)(equations.rest)
        rates = output_of(equations, states)
        assert rates == pytest.approx(np.full(rates.shape, output_of(equations, equations.rest)), rel=1e-6)


@pytest.mark.parametrize("name", RUNS)
def test_the_response_is_ours_as_the_step_goes_to_zero(name, tmp_path):
    trial, pushed, size, duration, dt = RUNS[name]
    (path,) = EXPORTS["pyrates"].write(trial, tmp_path)
    model = trial.base.instance
    equations = equations_of(model)
    circuit = f"{trial.base.model.replace('-', '_')}_base"
    ours = model.transfer(FREQUENCY, input=pushed.removeprefix("input_"))
    errors = []
    for step in (dt, dt / 2):
        run = states_from(path, equations, circuit, duration, step)
        theirs = transfer_from_kicks(run, equations, pushed, FREQUENCY, size)
        errors.append(float(np.abs(theirs - ours).max() / np.abs(ours).max()))
        print(
            f"pyrates, {name}: dt {step} s, largest error {errors[-1]:.2e}, log10 |H|^2 apart {apart(theirs, ours):.2e}"
        )
    assert errors[1] < 0.02
    # Only the trapezoid of the transform is left: the "heun" of PyRates 1.2 is of first order, so that SciPy runs it.
    assert np.log2(errors[0] / errors[1]) > 1.65


def test_a_sigmoid_of_another_family_answers_with_the_errors_that_the_file_says(tmp_path):
    (path,) = EXPORTS["pyrates"].write(EMPIRICAL, tmp_path)
    model = EMPIRICAL.base.instance
    equations, (misfit,) = elementary_equations(model)
    run = states_from(path, equations, "empirical_base", 1.0, 2e-4)
    theirs = transfer_from_kicks(run, equations, "input_exc", FREQUENCY, 1e-2)
    ours = model.transfer(FREQUENCY, input="exc")
    assert misfit.gain_error is not None
    assert np.real(theirs / ours)[0] - 1 == pytest.approx(misfit.gain_error, abs=1e-3)
    assert "not expressed: ExGaussianSigmoid" in path.read_text(encoding="utf-8")


def test_numbers_are_numbers_of_yaml():
    assert number(1e-5) == "1.0e-05"
    assert number(3.0) == "3.0"
    assert number(-2.5e30) == "-2.5e+30"
