"""The decision model: all its states, their mirror images, and what a stimulus does to them."""

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from mesobridge.meanfield import Turning, WongWang


def printed_flow(s1, s2, stimulus, coherence):
    """The equations as the paper prints them, in nA, Hz and seconds, with 30 digits."""
    number = mpmath.mpf

    def rate(current):
        x = 270 * current - 108
        return x / (1 - mpmath.e ** (-number("0.154") * x))

    push = number("5.2e-4") * stimulus
    i1 = number("0.2609") * s1 - number("0.0497") * s2 + number("0.3255") + push * (1 + coherence)
    i2 = number("0.2609") * s2 - number("0.0497") * s1 + number("0.3255") + push * (1 - coherence)
    gamma = number("0.641")
    return -s1 / number("0.1") + (1 - s1) * gamma * rate(i1), -s2 / number("0.1") + (1 - s2) * gamma * rate(i2)


@pytest.mark.parametrize(("name", "states", "stable"), [("decision", 3, 2), ("spontaneous", 5, 3)])
def test_every_state_solves_the_printed_equations(name, states, stable):
    model = WongWang.published(name)
    points = model.fixed_points()
    assert len(points) == states
    assert sum(point.stability.stable for point in points) == stable
    with mpmath.workdps(30):
        for point in points:
            exact = mpmath.findroot(
                lambda a, b: printed_flow(a, b, model.stimulus, 0), (point["s_1"], point["s_2"]), tol=1e-25
            )
            assert_allclose([point["s_1"], point["s_2"]], [float(x) for x in exact], rtol=1e-12)


@pytest.mark.parametrize("name", ["decision", "spontaneous"])
def test_a_search_over_the_square_of_gates_finds_no_other_state(name):
    """Newton's method on the two gates from 144 starts, which knows nothing of the scalar curve."""
    model = WongWang.published(name)
    system = model.system()
    known = np.array([point.state[:2] for point in model.fixed_points()])
    reached = set()
    for start in np.stack(np.meshgrid(*[np.linspace(0.005, 0.95, 12)] * 2), -1).reshape(-1, 2):
        state = np.array([*start, 0.0, 0.0])
        for _ in range(60):
            move = np.linalg.solve(model.jacobian(state), system.flow_at(state))
            state = state - move * min(1.0, 0.1 / max(np.abs(move).max(), 1e-300))
        if np.abs(system.flow_at(state)).max() < 1e-8 and np.all((state[:2] > 0) & (state[:2] < 1)):
            distance = np.abs(known - state[:2]).max(axis=1)
            assert distance.min() < 1e-7
            reached.add(int(distance.argmin()))
    assert len(reached) == len(known)


@settings(deadline=None, max_examples=25)
@given(stimulus=st.floats(0, 60), coherence=st.floats(-1, 1))
def test_swapping_the_populations_mirrors_every_state(stimulus, coherence):
    here = WongWang.published(stimulus=stimulus, coherence=coherence).fixed_points()
    there = WongWang.published(stimulus=stimulus, coherence=-coherence).fixed_points()
    assert len(here) == len(there)
    mirrored = sorted((point["rate_2"], point["rate_1"]) for point in there)
    assert_allclose([(point["rate_1"], point["rate_2"]) for point in here], mirrored, rtol=1e-6)


def test_coherence_takes_the_losing_attractor_away():
    """At full coherence only the state that chooses population 1 is left."""
    (winner,) = WongWang.published(coherence=1.0).fixed_points()
    assert winner["rate_1"] > 10 * winner["rate_2"]
    folds = WongWang.published().continuation("coherence", (0.0, 1.0)).folds
    assert len(folds) == 1
    assert 0 < folds[0].value < 1


def test_the_gain_turns_at_the_threshold_current():
    model = WongWang.published()
    pivot = model.pivots["gain"]
    assert (pivot.position, pivot.height) == pytest.approx((0.4e-9, 1 / 0.154))
    assert pivot.turning is Turning.STEEPER
    assert pivot.position is not None
    for gain in (0.8, 1.3):
        held = WongWang.published(gain=gain)
        assert float(held.gate(pivot.position)) == pytest.approx(float(model.gate(pivot.position)), rel=1e-12)
        assert (held.gate(0.38e-9) < model.gate(0.38e-9)) == (gain > 1)
        assert (held.gate(0.42e-9) > model.gate(0.42e-9)) == (gain > 1)


@pytest.mark.slow
def test_noise_decides_without_coherence_and_coherence_decides_against_noise():
    # White noise of sd 0.02 nA after its own filter of 2 ms: sd^2 = noise^2/(2 tau).
    noise = 0.02e-9 * np.sqrt(2 * 2e-3)
    chosen = []
    for coherence in (0.0, 0.5):
        model = WongWang.published(coherence=coherence)
        start = [0.1, 0.1, 0.0, 0.0]
        runs = [
            model.simulate(2.0, 1e-4, noise={"noise_1": noise, "noise_2": noise}, initial=start, seed=seed)
            for seed in range(20)
        ]
        chosen.append(np.mean([float(run["s_1"][-1]) > float(run["s_2"][-1]) for run in runs]))
    assert 0.1 < chosen[0] < 0.9
    assert chosen[1] > 0.9
