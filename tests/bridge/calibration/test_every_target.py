"""Every target: runs, rests where it should, keeps what it must, and loses nothing on a truth of its own family."""

from typing import Any

import numpy as np
import pytest

from mesobridge.bridge.calibration import CALIBRATIONS, Target
from mesobridge.bridge.calibration.intervals import model_units
from mesobridge.bridge.calibration.landmarks import landmarks_of
from mesobridge.bridge.estimate import EstimateRefused
from mesobridge.meanfield import (
    AlphaKernel,
    BiexponentialKernel,
    CascadeKernel,
    ExponentialKernel,
    LogisticSigmoid,
)

from .planted_population import KERNEL_COVARIANCE, SIGMOID, SKEWED, modulated, planted

TARGETS = {name: target for name, target in CALIBRATIONS.items() if isinstance(target, Target)}
every = pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
OWN_KERNELS = {
    "wilson-cowan": ExponentialKernel(5e-6, 0.02),
    "jansen-rit": AlphaKernel(5e-6, 100.0),
    "corticothalamic": BiexponentialKernel(5e-6, 0.004, 0.016),
    "liley": CascadeKernel(5e-6, (0.003, 0.003, 0.014)),
}
LOGISTIC = [name for name in TARGETS if name in OWN_KERNELS]


def test_the_registry_names_its_targets():
    assert {"wilson-cowan", "jansen-rit", "corticothalamic", "dynamic-mean-field", "liley", "empirical"} <= set(
        CALIBRATIONS
    )
    assert all(name == target.name and target.title for name, target in CALIBRATIONS.items())


@every
def test_every_field_of_the_model_has_a_parameter_with_unit_and_source(target):
    model = target.calibrate(planted())
    assert [one.name for one in model.parameters] == list(model_units(target.model))
    for one in model.parameters:
        assert getattr(model.instance, one.name) == one.estimate.value
        assert one.estimate.unit
        assert one.note
        assert (one.estimate.standard_error > 0) == (one.source == "estimated")
        assert one.estimate.interval[0] <= one.estimate.value <= one.estimate.interval[1]
    assert {one.name for one in model.parameters if one.source == "estimated"} == set(target.parameters)


@every
def test_the_covariance_is_one(target):
    covariance = target.calibrate(planted()).covariance
    np.testing.assert_allclose(covariance, covariance.T)
    errors = np.sqrt(np.diag(covariance))
    moving = errors > 0
    correlation = covariance[np.ix_(moving, moving)] / np.outer(errors[moving], errors[moving])
    assert moving.sum() == len(target.parameters)
    assert np.linalg.eigvalsh(correlation).min() > -1e-9
    assert np.abs(correlation - np.eye(moving.sum())).max() > 0.3, "errors go together"


@every
def test_the_operating_point_is_a_steady_state(target):
    population = planted()
    model = target.calibrate(population)
    assert not [m for m in model.misfits if m.name == "operating point" and "no steady state" in m.sentence]
    rates = [point[target.resting] for point in model.instance.fixed_points()]
    scale = SIGMOID.q_max if target.name == "wilson-cowan" else 1.0
    assert min(abs(scale * rate - population.operating_rate) for rate in rates) < 1e-6 * population.operating_rate


@every
def test_the_gain_is_that_of_the_estimate_up_to_the_stated_misfit(target):
    for truth in (SIGMOID, SKEWED):
        population = planted(truth)
        model = target.calibrate(population)
        shape = next(m for m in model.misfits if m.name == "shape of the sigmoid")
        gain = float(target.reduced_of(model, population).gain(population.operating_v))
        expected = float(truth.gain(population.operating_v)) * (1 + shape.gain_error)
        assert gain == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", LOGISTIC)
def test_a_truth_of_the_family_costs_nothing(name):
    model = TARGETS[name].calibrate(planted(kernel=OWN_KERNELS[name]))
    costs: dict[str, Any] = {m.name: m for m in model.misfits}
    assert costs["shape of the sigmoid"].rate_error < 1e-10
    assert abs(costs["shape of the sigmoid"].gain_error) < 1e-10
    assert costs["kernel"].spectrum_error < 1e-9
    assert "as in the model" in costs["shape of the sigmoid"].sentence
    assert "as in the model" in costs["kernel"].sentence


@every
def test_matching_the_operating_point_leaves_no_error_of_gain(target):
    model = target.calibrate(planted(SKEWED), match="operating")
    assert abs(model.misfits[0].gain_error) < 1e-10


@every
def test_a_modulated_condition_keeps_what_cells_do_not_determine(target):
    base, changed = planted(), modulated()
    first = target.calibrate(base)
    second = target.calibrate(changed, base=base, base_model=first)
    free = {*target.parameters, *target.synaptic}
    for one in second.parameters:
        if one.name not in free:
            assert one == first.parameter(one.name)
    for name in target.synaptic:
        ratio = second.parameter(name).estimate.value / first.parameter(name).estimate.value
        assert ratio == pytest.approx(1.4, rel=1e-12)
        assert second.parameter(name).source == "derived"
        assert second.parameter(name).estimate.standard_error > 0
    assert {one.name for one in second.changes} == free
    assert not first.changes


@every
def test_a_base_calibrated_against_itself_does_not_change(target):
    base = planted()
    first = target.calibrate(base)
    again = target.calibrate(base, base=base, base_model=first)
    assert again.values() == first.values()
    assert all(one.difference.value == 0 for one in again.changes)


@every
def test_what_the_user_knows_better_is_taken(target):
    name = next(iter(target.parameters))
    known = 1.1 * target.calibrate(planted()).parameter(name).estimate.value
    model = target.calibrate(planted(), given={name: known})
    one = model.parameter(name)
    assert (one.estimate.value, one.source, one.estimate.standard_error) == (known, "chosen", 0.0)


@every
def test_an_inhibitory_kernel_is_refused(target):
    inhibitory = planted(kernel=AlphaKernel(-5e-6, 100.0), channel="inhibitory")
    with pytest.raises(EstimateRefused, match=r"set kernel\.afferent of the study to an excitatory afferent"):
        target.calibrate(inhibitory)


@every
def test_every_published_set_can_be_calibrated(target):
    for name in target.model.published_sets():
        model = target.calibrate(planted(), published=name)
        assert any(name in one.note for one in model.parameters if one.source == "published")


@every
def test_a_calibrated_model_runs(target):
    model = target.calibrate(planted())
    state = model.instance.fixed_points()[0].state
    run = model.instance.simulate(0.02, 1e-4, initial=state)
    assert np.all(np.isfinite(run[target.resting].values))


def test_the_empirical_mass_is_the_estimate():
    population = planted(SKEWED)
    model = CALIBRATIONS["empirical"].calibrate(population)
    assert model.instance.sigmoid is population.sigmoid
    assert model.instance.kernels == {"excitatory": population.kernel}
    assert not model.misfits, "nothing is lost unless the speed of the rate was measured"
    marks = landmarks_of(population)
    assert model.parameter("gain").estimate.value == pytest.approx(marks.operating_slope * marks.area)
    with pytest.raises(ValueError, match="the estimates are the model"):
        CALIBRATIONS["empirical"].calibrate(population, published="standard")


def test_models_of_currents_want_the_conductance_and_a_bend():
    target = TARGETS["dynamic-mean-field"]
    with pytest.raises(EstimateRefused, match=r"input conductance is unknown.*sigmoid.channel = 'current'"):
        target.calibrate(planted(conductance=float("nan")))
    with pytest.raises(EstimateRefused, match="does not lie below the middle of the sigmoid"):
        target.calibrate(planted(operating_v=-35e-3))
    steep = LogisticSigmoid(50.0, -40e-3, 1e-3)
    with pytest.raises(EstimateRefused, match=r"grows by .* through the slope there; this curve lies between the two"):
        target.calibrate(planted(steep, operating_v=-40.01e-3))


def test_errors_of_a_small_kernel_stay_above_zero():
    uncertain = planted(kernel_covariance=100 * KERNEL_COVARIANCE)
    interval = TARGETS["jansen-rit"].calibrate(uncertain).parameter("a").estimate.interval
    assert interval[0] > 0
    assert interval[1] - 100.0 > 100.0 - interval[0], "longer upwards"
