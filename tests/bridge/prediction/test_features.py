"""All features together, the split of the gain, and their derivatives by a mechanism."""

import math

import pytest

from mesobridge.bridge.prediction import elasticity, predict_features, predict_kernel, sensitivity_matrix, split_gain
from mesobridge.spiking import POPULATIONS
from mesobridge.spiking.mechanisms import MECHANISMS

NAMES = {
    "q_max", "v10", "v50", "v90", "max_slope", "v_max_slope", "width", "skew", "area", "mean_lag", "sd", "peak",
    "time_to_peak", "rise_time", "decay_time", "cutoff_frequency",
    "operating_v", "operating_rate", "operating_slope", "gain",
}  # fmt: skip


def test_every_shared_feature_is_predicted():
    features = predict_features(POPULATIONS["saturating_lif"]())
    assert set(features) == NAMES
    assert all(math.isfinite(value) for value in features.values())
    assert features["operating_slope"] > 0


def test_gain_is_slope_times_area_and_its_change_splits():
    base = POPULATIONS["escape_rate"]()
    more = MECHANISMS["ampa_density"].apply(base, 1.4)
    before, after = (predict_features(p, current=120e-12) for p in (base, more))
    split = split_gain(before, after)
    assert split.gain == pytest.approx(math.log(after["gain"] / before["gain"]), rel=1e-12)
    assert split.area == pytest.approx(math.log(1.4), rel=1e-9)
    assert split.gain == pytest.approx(split.slope + split.area, rel=1e-12)


def test_gain_of_a_depolarised_population_rises_below_the_inflection_and_falls_above():
    base = POPULATIONS["escape_rate"]()
    moved = MECHANISMS["calcium_depolarization"].apply(base, 0.002)
    for current, sign in ((80e-12, 1), (260e-12, -1)):
        split = split_gain(predict_features(base, current=current), predict_features(moved, current=current))
        assert math.copysign(1, split.slope) == sign
        assert split.area == pytest.approx(predict_area_change(base, moved), abs=1e-9)


def predict_area_change(base, moved):
    """The driving force of current synapses is held at the leak reversal, which the shift moves."""
    return math.log(predict_kernel(moved).features["area"] / predict_kernel(base).features["area"])


def test_split_refuses_a_vanishing_slope():
    with pytest.raises(ValueError, match="operating_slope"):
        split_gain({"operating_slope": 0.0, "area": 1.0}, {"operating_slope": 1.0, "area": 1.0})


def test_elasticity_of_current_synapses_in_closed_form():
    population = POPULATIONS["escape_rate"]()
    changes = elasticity(population, MECHANISMS["ampa_density"])
    kernel = predict_kernel(population)
    assert changes["area"].first_order == pytest.approx(kernel.features["area"], rel=1e-6)
    assert changes["mean_lag"].first_order == pytest.approx(0.0, abs=1e-9)
    mean_shift = 0.1e-9 * 0.070 * 500 * 0.005 / 10e-9
    assert changes["operating_v"].first_order == pytest.approx(mean_shift, rel=1e-6)
    assert changes["area"].error < 1e-9 * kernel.features["area"] + 1e-12


def test_spread_acts_at_second_order():
    population = POPULATIONS["escape_rate"]()
    change = elasticity(population, MECHANISMS["threshold_spread"])["width"]
    features = predict_features(population)
    assert abs(change.first_order) * 0.002 < 0.05 * features["width"]
    assert change.second_order > 0


def test_sensitivities_tell_mechanisms_apart():
    population = POPULATIONS["escape_rate"]()
    names = ("ampa_density", "threshold_shift")
    changes = {name: elasticity(population, MECHANISMS[name]) for name in names}
    matrix = sensitivity_matrix(changes, ("area", "v50"), {"area": 1e-7, "v50": 1e-4})
    assert matrix.shape == (2, 2)
    assert abs(matrix[1, 0]) < 1e-6 * abs(matrix[0, 0])
    assert matrix[1, 1] == pytest.approx(1 / 1e-4, rel=0.01)
