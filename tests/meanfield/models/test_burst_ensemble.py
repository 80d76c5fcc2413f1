"""Events and bursts: exact against single cells with dead time, and the two ways an input changes the spike rate."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from mesobridge.meanfield import BurstEnsemble, LogisticSigmoid, gain_pivot


def single_cells(hazard, probability, dead_time, interval, spikes, events, rng):
    """Event rate and spike rate of cells drawn event by event: wait, maybe burst, dead time."""
    burst = rng.uniform(size=events) < probability
    cycle = rng.exponential(1 / hazard, events) + dead_time + burst * interval * (spikes - 1)
    total = cycle.sum()
    error = np.sqrt(events) * cycle.std() / total / cycle.mean()
    return events / total, (events + (spikes - 1) * burst.sum()) / total, error


@pytest.mark.parametrize("v_soma", [-55e-3, -48e-3, -42e-3])
@pytest.mark.parametrize("v_dendrite", [-70e-3, -50e-3])
def test_held_potentials_give_the_rates_of_single_cells(v_soma, v_dendrite):
    model = BurstEnsemble.published()
    found = model.static(v_soma, v_dendrite)
    rng = np.random.default_rng(11)
    hazard = np.exp((v_soma + 52e-3) / 2e-3)
    probability = 1 / (1 + np.exp(-(v_dendrite + 57e-3) / 6e-3))
    events, spikes, error = single_cells(hazard, probability, 0.02, 0.01, 2, 200_000, rng)
    assert error < 0.02 * events
    assert abs(found.events - events) < 4 * error
    assert abs(found.spikes - spikes) < 4 * error * 2
    assert float(found.probability) == pytest.approx(probability, rel=1e-12)
    without = 1 / (1 / hazard + 0.02)
    if probability * 0.01 > 0.1 / hazard:
        assert abs(without - events) > 5 * error, "the dead time of bursts must be seen"


def test_events_without_bursts_are_a_logistic_sigmoid():
    model = BurstEnsemble.published(burst_interval=0.0)
    theta = -52e-3 + 2e-3 * np.log(1 / (0.02 * 1.0))
    logistic = LogisticSigmoid(50.0, theta, 2e-3)
    v = np.linspace(-70e-3, -30e-3, 50)
    assert_allclose(model.static(v, -60e-3).events, logistic(v), rtol=1e-12)


@given(v_soma=st.floats(-0.08, -0.02), v_dendrite=st.floats(-0.1, 0.0), spikes=st.floats(1, 5))
def test_the_four_rates_obey_their_definitions(v_soma, v_dendrite, spikes):
    found = BurstEnsemble.published(spikes_per_burst=spikes).static(v_soma, v_dendrite)
    assert 0 < found.probability < 1
    assert_allclose(found.bursts, found.probability * found.events, rtol=1e-12)
    assert_allclose(found.spikes, found.events + (spikes - 1) * found.bursts, rtol=1e-12)


@pytest.mark.parametrize("name", ["payeur2021", "backpropagating"])
@pytest.mark.parametrize("source", ["somatic_current", "dendritic_current"])
def test_the_gain_is_the_sum_of_its_parts_and_the_slope_of_the_rate(name, source):
    model = BurstEnsemble.published(name)
    parts = model.gain_parts(source)
    step = 1e-13
    ends = [
        model.with_changed(**{source: getattr(model, source) + sign * step}).resting_state()["spike_rate"]
        for sign in (1, -1)
    ]
    assert parts.total == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-5)
    assert parts.bursts != 0 or (name, source) == ("payeur2021", "somatic_current")


@settings(deadline=None, max_examples=20)
@given(apical=st.floats(-300e-12, 900e-12))
def test_apical_input_multiplies_the_basal_curve(apical):
    """Without burst dead time and back-propagation, A(I_s) at any apical input is one curve times 1 + (n - 1) P."""
    model = BurstEnsemble.published(burst_interval=0.0, dendritic_current=apical)
    basal = np.linspace(450e-12, 900e-12, 4)
    points = [model.with_changed(somatic_current=current).resting_state() for current in basal]
    silent = [model.with_changed(somatic_current=current, dendritic_current=-5e-9).resting_state() for current in basal]
    ratios = [one["spike_rate"] / other["spike_rate"] for one, other in zip(points, silent, strict=True)]
    assert_allclose(ratios, 1 + points[0]["burst_probability"], rtol=1e-6)


def test_a_silent_dendrite_leaves_events_alone():
    quiet = BurstEnsemble.published(dendritic_current="-5 nA").resting_state()
    assert quiet["burst_probability"] < 1e-8
    assert quiet["spike_rate"] == pytest.approx(quiet["event_rate"], rel=1e-7)


def test_the_operating_point_is_where_it_is_said_to_be():
    rest = BurstEnsemble.published().resting_state()
    assert 4 < rest["event_rate"] < 5
    assert 0.10 < rest["burst_probability"] < 0.13
    more = BurstEnsemble.published("backpropagating").resting_state()
    assert more["burst_probability"] > rest["burst_probability"]


@settings(deadline=None, max_examples=15)
@given(
    charge=st.floats(0, 3e-11), somatic=st.floats(3e-10, 1.5e-9), apical=st.floats(-3e-10, 6e-10),
    width=st.floats(0.5e-3, 6e-3),
)  # fmt: skip
def test_strong_back_propagation_may_leave_several_states_and_all_are_found(charge, somatic, apical, width):
    model = BurstEnsemble.published(
        backpropagated_charge=charge, somatic_current=somatic, dendritic_current=apical, burst_width=width
    )
    found = model.fixed_points()
    # A scan of the dendritic potential with the soma iterated to its balance by damped steps.
    alone = -0.07 + model.dendritic_resistance * apical
    v_d = np.linspace(alone - 1e-6, alone + model.dendritic_resistance * charge * 100 + 1.3e-6, 4001)
    low, high = np.full(v_d.shape, -1.0), np.full(v_d.shape, 0.1)
    middle = np.zeros(v_d.shape)
    for _ in range(50):
        middle = (low + high) / 2
        load = model.somatic_resistance * (somatic - 200e-12 * 0.1 * model.static(middle, v_d).events)
        above = middle > -0.07 + load
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    miss = -0.07 + model.dendritic_resistance * (apical + charge * model.static(middle, v_d).spikes) - v_d
    assert len(found) == np.count_nonzero(miss[:-1] * miss[1:] < 0)


def test_the_widths_turn_around_threshold_and_midpoint():
    model = BurstEnsemble.published()

    def family(**width):
        changed = model.with_changed(burst_interval=0.0, **width)
        return lambda v: changed.static(v, -60e-3).events

    found = gain_pivot(family, "threshold_width", {"threshold_width": 2e-3}, within=(-60e-3, -46e-3))
    known = model.pivots["threshold_width"]
    assert found.turning is known.turning
    assert found.position == pytest.approx(known.position, abs=1e-11)
    assert found.height == pytest.approx(known.height, rel=1e-8)
    midpoint = model.pivots["burst_width"].position
    assert midpoint is not None
    assert float(model.static(-0.05, midpoint).probability) == pytest.approx(0.5)


@pytest.mark.slow
def test_the_dynamic_form_settles_at_the_static_one():
    model = BurstEnsemble.published("backpropagating")
    run = model.simulate(2.0, 1e-4, initial=[-70e-3, 0.0, -70e-3, 0.0])
    rest = model.resting_state()
    for name in ("event_rate", "burst_probability", "burst_rate", "spike_rate"):
        assert float(run[name][-1]) == pytest.approx(rest[name], rel=1e-6)
