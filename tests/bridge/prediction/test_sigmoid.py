"""Predicted sigmoids: what must not change, what must only move, what has a closed form, and what is refused."""

import numpy as np
import pytest

from mesobridge.bridge.prediction import (
    PredictionRefused,
    default_levels,
    operating_point,
    predict_rate,
    predict_sigmoid,
)
from mesobridge.spiking import POPULATIONS, MembraneNoise, PointCell, Population
from mesobridge.spiking.mechanisms import MECHANISMS

V_CAP = -0.030
SHAPE = ("v10", "v50", "v90", "v_max_slope")


def current_driven() -> Population:
    cell = PointCell(
        capacitance=100e-12,
        leak_conductance=20e-9,
        leak_reversal=-0.070,
        threshold=-0.050,
        reset=-0.052,
        refractory_period=0.005,
        threshold_spread=0.002,
    )
    return Population(name="driven", cell=cell, noise=MembraneNoise(amplitude=80e-12, time_constant=0.005))


@pytest.fixture(scope="module")
def saturating():
    return predict_sigmoid(POPULATIONS["saturating_lif"](), v_cap=V_CAP)


def test_default_levels_span_the_rise():
    for name in ("saturating_lif", "e1", "escape_rate"):
        population = POPULATIONS[name]()
        levels = default_levels(population)
        bottom = operating_point(population, current=levels[0]).v
        top = operating_point(population, current=levels[-1]).v
        assert bottom < population.cell.threshold - 0.010
        assert bottom < operating_point(population).v
        assert abs(top - population.cell.threshold - 0.025) < 0.004


def test_saturating_cells_saturate_where_their_noise_free_curve_says(saturating):
    assert saturating.q_max_definition == "at_cap"
    assert saturating.features["q_max"] < 200
    # x_half = d / (exp(tau_ref / tau) - 1) above threshold for d = 2 mV, blurred by the noise.
    assert -0.052 < saturating.features["v50"] < -0.045
    assert saturating.features["skew"] > 0


def test_features_are_those_of_the_solved_levels(saturating):
    table = saturating.table
    inside = (table.v_free > -0.058) & (table.v_free < -0.028)
    assert inside.sum() > 10
    assert np.allclose(saturating.sigmoid(table.v_free[inside]), table.rate[inside], rtol=1e-3)


def test_more_levels_do_not_move_the_features(saturating):
    population = POPULATIONS["saturating_lif"]()
    levels = default_levels(population)
    finer = predict_sigmoid(population, levels=np.linspace(levels[0], levels[-1], 48), v_cap=V_CAP)
    for name in SHAPE[:3]:
        assert abs(finer.features[name] - saturating.features[name]) < 5e-5
    assert finer.features["max_slope"] == pytest.approx(saturating.features["max_slope"], rel=0.02)


def test_shift_of_the_rest_leaves_the_sigmoid(saturating):
    shifted = MECHANISMS["calcium_depolarization"].apply(POPULATIONS["saturating_lif"](), 0.003)
    moved = predict_sigmoid(shifted, v_cap=V_CAP)
    for name in SHAPE[:3]:
        assert abs(moved.features[name] - saturating.features[name]) < 5e-5
    for name in ("width", "q_max", "max_slope"):
        assert moved.features[name] == pytest.approx(saturating.features[name], rel=0.02)


def test_shift_of_threshold_and_reset_is_a_translation():
    population = current_driven()
    levels = np.linspace(200e-12, 900e-12, 28)
    moved = MECHANISMS["threshold_shift"].apply(population, -0.004)
    here = predict_sigmoid(population, levels=levels, v_cap=-0.036)
    there = predict_sigmoid(moved, levels=levels - 0.004 * 20e-9, v_cap=-0.040)
    for name in SHAPE:
        assert there.features[name] == pytest.approx(here.features[name] - 0.004, abs=2e-7)
    for name in ("q_max", "width", "skew", "max_slope"):
        assert there.features[name] == pytest.approx(here.features[name], rel=1e-4)


def test_shorter_dead_time_raises_the_largest_rate(saturating):
    shorter = predict_sigmoid(
        MECHANISMS["absolute_refractoriness"].apply(POPULATIONS["saturating_lif"](), 0.5), v_cap=V_CAP
    )
    assert shorter.features["q_max"] > 1.4 * saturating.features["q_max"]


def test_memoryless_population_has_its_exact_sigmoid():
    prediction = predict_sigmoid(POPULATIONS["escape_rate"]())
    assert prediction.sigmoid.q_max == 100
    assert np.allclose(prediction.sigmoid(prediction.table.v_free), prediction.table.rate, rtol=1e-6)


def test_textbook_cell_is_said_not_to_saturate():
    warnings = predict_sigmoid(POPULATIONS["textbook_lif"]()).warnings
    assert any("says nothing of saturation" in warning for warning in warnings)


def test_inhibitory_channel_is_refused():
    with pytest.raises(PredictionRefused, match="does not rise"):
        predict_sigmoid(POPULATIONS["textbook_lif"](), channel="inhibitory", levels=np.linspace(0, 2000, 6))


def test_cap_outside_the_levels_is_refused():
    with pytest.raises(ValueError, match="outside the predicted range"):
        predict_sigmoid(current_driven(), levels=np.linspace(200e-12, 600e-12, 8), v_cap=0.0)


def test_two_channels_give_nearly_the_same_sigmoid_of_the_free_potential():
    population = POPULATIONS["textbook_lif"]()
    by_current = predict_sigmoid(population)
    rates = np.linspace(800, 9000, 8)
    by_rate = predict_rate(population, "excitatory", rates)
    inside = (by_rate.v_free > -0.055) & (by_rate.v_free < by_current.table.v_free[-1])
    assert inside.sum() >= 2
    # The afferent also shortens the membrane and adds noise, so the two differ, but not by a factor.
    ratio = by_rate.rate[inside] / by_current.sigmoid(by_rate.v_free[inside])
    assert np.all((ratio > 0.8) & (ratio < 2.0))
    assert np.any(np.abs(ratio - 1) > 0.02)
