"""Exported models in the real TVB: the same resting states, and the same response as the step goes to zero."""

import logging
import warnings
from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest
from scipy.signal import welch

from mesobridge.bridge import EXPORTS
from mesobridge.bridge.export.equations import equations_of
from mesobridge.bridge.export.expression import written
from mesobridge.bridge.export.unit_system import MILLI
from mesobridge.meanfield import CorticothalamicField, EmpiricalMass, Feedback

from .trials import (
    CORTICOTHALAMIC,
    DYNAMIC_MEAN_FIELD,
    EMPIRICAL,
    EMPIRICAL_LATE,
    EVERY,
    JANSEN_RIT,
    LILEY,
    WILSON_COWAN,
    WILSON_COWAN_DRIVEN,
    WONG_WANG,
    apart,
    loaded,
    transfer_from_kicks,
)

FREQUENCY = np.linspace(1.0, 40.0, 40)

# Calibration, what is pushed, push (its unit times s), duration and longer of two steps (ms).
RUNS = {
    "jansen-rit": (JANSEN_RIT, "p", 1e-2, 600.0, 0.4),
    "wilson-cowan": (WILSON_COWAN, "P", 1e-5, 200.0, 0.4),
    "wilson-cowan with a drive": (WILSON_COWAN_DRIVEN, "F", 1e-5, 200.0, 0.4),
    "dynamic-mean-field": (DYNAMIC_MEAN_FIELD, "noise_e", 1e-4, 2000.0, 2.0),
    "liley": (LILEY, "p_ee", 1.0, 1200.0, 0.4),
    "wong-wang": (WONG_WANG, "noise_1", 1e-14, 2500.0, 0.5),
    "empirical": (EMPIRICAL, "input_exc", 1e-2, 1000.0, 0.4),
    "corticothalamic": (CORTICOTHALAMIC, "phi_n", 1e-3, 4000.0, 1.0),
    "empirical with a late echo": (EMPIRICAL_LATE, "input_exc", 1e-2, 1500.0, 0.5),
}


def at_step(model, dt):
    """Return what TVB runs at this step (ms): it holds what comes through a connection, half a step late in all."""
    late = 0.5e-3 * dt
    if isinstance(model, CorticothalamicField):
        return model.with_changed(t0=model.t0 + 2 * late)
    if isinstance(model, EmpiricalMass) and model.feedback:
        return replace(model, feedback={name: Feedback(e.count, e.delay + late) for name, e in model.feedback.items()})
    return model


@pytest.fixture(autouse=True)
def tvb():
    """TVB, or a skipped test; its own warnings are not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pytest.importorskip("tvb.simulator.simulator", reason="tvb-library is not installed: make test-simulators")
        level = logging.root.manager.disable
        logging.disable(logging.WARNING)
        yield
        logging.disable(level)


def states_from(module, equations, duration, dt):
    """Return a run of the exported file in SI, for `transfer_from_kicks`."""
    integrators = import_module("tvb.simulator.integrators")
    factors = np.array([1 / MILLI.value(1.0, variable.unit) for variable in equations.variables])
    # TVB's own class of the dynamic mean field counts the inhibitory gate in nA.
    theirs = module.rest() * factors
    factors = factors * np.divide(equations.rest, theirs, out=np.ones_like(theirs), where=np.abs(theirs) > 1e-12)

    def run(start):
        sim = module.simulation(start=module.rest(), integrator=integrators.HeunDeterministic(dt=dt))
        sim.current_state[:, 0, 0] = start / factors
        ((_, states),) = sim.run(simulation_length=duration)
        course = np.concatenate([start[:, None], (states[:, :, 0, 0] * factors).T], axis=1)
        return 1e-3 * dt * np.arange(course.shape[1]), course

    return run


@pytest.mark.parametrize("calibration", EVERY, ids=lambda one: one.base.model)
def test_every_condition_rests_where_ours_does(calibration, tmp_path):
    (path,) = EXPORTS["tvb"].write(calibration, tmp_path)
    module = loaded(path)
    assert set(module.CONDITIONS) == {model.condition for model in calibration.models}
    for condition in module.CONDITIONS:
        sim = module.simulation(condition)
        ((_, states),) = sim.run(simulation_length=20.0)
        rest = module.rest(condition)
        # Rounding of the rest and of a delay to a step moves it by as little.
        assert np.abs(states[:, :, 0, 0] - rest).max() < 1e-6 * np.abs(rest).max() + 1e-12


@pytest.mark.parametrize("name", RUNS)
def test_the_response_is_ours_as_the_step_goes_to_zero(name, tmp_path):
    calibration, pushed, size, duration, dt = RUNS[name]
    model = calibration.base.instance
    (path,) = EXPORTS["tvb"].write(calibration, tmp_path)
    module, equations = loaded(path), equations_of(model)
    channel = pushed.removeprefix("input_")
    errors = []
    for step in (dt, dt / 2):
        ours = at_step(model, step).transfer(FREQUENCY, input=channel)
        run = states_from(module, equations, duration, step)
        theirs = transfer_from_kicks(run, equations, pushed, FREQUENCY, size)
        errors.append(float(np.abs(theirs - ours).max() / np.abs(ours).max()))
        print(f"tvb, {name}: dt {step} ms, largest error {errors[-1]:.2e}, log10 |H|^2 apart {apart(theirs, ours):.2e}")
    assert errors[1] < 0.02
    # Heun's method is of second order.
    assert np.log2(errors[0] / errors[1]) > 1.65


def test_another_model_would_be_noticed(tmp_path):
    (path,) = EXPORTS["tvb"].write(JANSEN_RIT, tmp_path)
    module, model = loaded(path), JANSEN_RIT.base.instance
    ours = model.transfer(FREQUENCY, input="p")
    errors = []
    for wrong in (1.0, 1.02):
        module.CONDITIONS["base"]["b"] *= wrong
        run = states_from(module, equations_of(model), 600.0, 0.1)
        theirs = transfer_from_kicks(run, equations_of(model), "p", FREQUENCY, 1e-2)
        errors.append(float(np.abs(theirs - ours).max()))
    assert errors[1] > 20 * errors[0]


def test_models_that_tvb_has_are_its_own(tmp_path):
    for calibration, name in (
        (JANSEN_RIT, "JansenRit"),
        (WILSON_COWAN, "WilsonCowan"),
        (DYNAMIC_MEAN_FIELD, "ReducedWongWangExcInh"),
    ):
        (path,) = EXPORTS["tvb"].write(calibration, tmp_path)
        module = loaded(path)
        assert type(module.model()).__module__.startswith("tvb.simulator.models")
        assert type(module.model()).__name__ == name


def test_regions_hear_each_others_rates(tmp_path):
    Connectivity = import_module("tvb.datatypes.connectivity").Connectivity
    integrators, monitors, simulator = (
        import_module(f"tvb.simulator.{name}") for name in ("integrators", "monitors", "simulator")
    )
    (path,) = EXPORTS["tvb"].write(EMPIRICAL, tmp_path)
    module = loaded(path)
    connectivity = Connectivity(
        weights=np.array([[0.0, 2.0], [0.0, 0.0]]),
        tract_lengths=np.full((2, 2), 10.0),
        region_labels=np.array(["a", "b"]),
        centres=np.zeros((2, 3)),
        speed=np.array([1.0]),
    )
    sim = simulator.Simulator(
        model=module.model(),
        connectivity=connectivity,
        coupling=module.long_range(strength=1.0),
        integrator=integrators.HeunDeterministic(dt=0.5),
        monitors=(monitors.Raw(),),
        initial_conditions=np.zeros((21, 7, 2, 1)),
    ).configure()
    ((_, states),) = sim.run(simulation_length=3000.0)
    rates = sim.model.outputs(states[-1])["rate"][:, 0]
    mass = EMPIRICAL.base.instance
    alone = float(mass.sigmoid(mass.operating_v))
    assert rates[1] * 1e3 == pytest.approx(alone, rel=1e-9)
    heard = mass.operating_v + mass.kernels["exc"].area * 2 * alone
    assert rates[0] * 1e3 == pytest.approx(float(mass.sigmoid(heard)), rel=1e-6)


@pytest.mark.slow
def test_noise_makes_the_spectrum_that_ours_predicts(tmp_path):
    integrators, noise = (import_module(f"tvb.simulator.{name}") for name in ("integrators", "noise"))
    (path,) = EXPORTS["tvb"].write(JANSEN_RIT, tmp_path)
    module, model = loaded(path), JANSEN_RIT.base.instance
    dt, strength = 0.5, 0.05
    # White noise of intensity s spikes/s sqrt(s) on the input moves y4 by A a s dW; TVB's dW has variance 2 D dt.
    per_ms = MILLI.value(model.A, "V") * MILLI.value(model.a, "1/s") * strength * 1e-3 * np.sqrt(1e3)
    size = noise.Additive(nsig=np.array([0, 0, 0, 0, per_ms**2 / 2, 0])[:, None, None], noise_seed=1)
    sim = module.simulation(integrator=integrators.HeunStochastic(dt=dt, noise=size))
    ((_, states),) = sim.run(simulation_length=120_000.0)
    potential = 1e-3 * (states[2000:, 1, 0, 0] - states[2000:, 2, 0, 0])
    segment = 4000
    frequency, density = welch(potential, fs=1e3 / dt, nperseg=segment, window="hann")
    band = (frequency >= 2) & (frequency <= 30)
    ours = model.power_spectrum(frequency[band], noise=strength)
    ratio = density[band] / ours
    assert ratio.size > 20
    # Hann windows that overlap by half share a sixth of their squares' product: neighbours correlate by 1/36.
    segments = 2 * potential.size // segment - 1
    independent = segments / (1 + 2 / 36)
    assert np.abs(ratio - 1).max() < 4.5 / np.sqrt(independent)
    print(f"tvb, jansen-rit under noise: spectrum {ratio.mean():.4f} of ours, one frequency errs by {ratio.std():.3f}")


def test_writing_needs_no_tvb_and_says_what_the_file_is(tmp_path):
    (path,) = EXPORTS["tvb"].write(EMPIRICAL, tmp_path)
    text = path.read_text(encoding="utf-8")
    for said in (
        "mV",
        "95 % interval",
        "leak_conductance",
        "Jumps are small.",
        "shine2021",
        "seed: 1",
        "not expressed",
    ):
        assert said in text
    assert "mesobridge" not in "\n".join(line for line in text.splitlines() if line.startswith(("import", "from")))
    assert written(equations_of(EMPIRICAL.base.instance).rates[0]) in text.replace("self.", "").replace(
        "input_exc", "input_exc"
    )
