"""Stationary states of slow adaptation: balance, all of them, stability, and the cell without adaptation."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from mesobridge.meanfield import Adaptation, ExponentialCell, adex_rate, eif_mean_potential, eif_rate

CELL = ExponentialCell(tau_m=20e-3, tau_ref=0, v_threshold=-50e-3, v_reset=-70e-3, slope_factor=1.5e-3, v_cutoff=-40e-3)
WORDS: dict[str, Any] = {
    "capacitance": "200 pF", "conductance": "4 nS", "jump": "40 pA", "tau_w": "200 ms", "reversal": "-80 mV",
}  # fmt: skip
SIGMA = 1.5e-3 * np.sqrt(20.0)


def residual(state: Any, mu: float, sigma: float, adaptation: Adaptation) -> float:
    """What the mean adaptation current lacks, A, from the public functions and the definition."""
    effective = mu - state.adaptation_current * CELL.tau_m / adaptation.capacitance
    rate = float(eif_rate(effective, sigma, **CELL.parameters, size=20000))
    mean = float(eif_mean_potential(effective, sigma, **CELL.parameters, size=8000))
    held = adaptation.conductance * (mean - adaptation.reversal) + adaptation.tau_w * adaptation.jump * rate
    return held - state.adaptation_current


@settings(max_examples=8, deadline=None)
@given(st.floats(-1, 4), st.floats(0.6, 4), st.floats(-5e-9, 12e-9), st.floats(0, 100e-12), st.floats(0.05, 1))
def test_every_state_balances_its_current(drift, noise, conductance, jump, tau_w):
    adaptation = Adaptation(**{**WORDS, "conductance": conductance, "jump": jump, "tau_w": tau_w})
    mu, sigma = -65e-3 + 20e-3 * drift, noise * 1e-3 * np.sqrt(20.0)
    found = adex_rate(mu, sigma, CELL, adaptation, size=8000)
    assert len(found.states) % 2 == 1
    for state in found.states:
        scale = abs(state.adaptation_current) + 1e-12
        assert abs(residual(state, mu, sigma, adaptation)) < 1e-3 * scale
        assert_allclose(state.rate, eif_rate(state.effective_mu, sigma, **CELL.parameters, size=40000), rtol=1e-3)


def test_without_adaptation_it_is_the_rate_of_the_cell():
    none = Adaptation(**{**WORDS, "conductance": 0, "jump": 0})
    (state,) = adex_rate(-45e-3, SIGMA, CELL, none).states
    assert_allclose(state.rate, eif_rate(-45e-3, SIGMA, **CELL.parameters, size=40000), rtol=2e-5)
    assert state.adaptation_current == pytest.approx(0, abs=1e-16)
    assert state.stable


def test_more_adaptation_means_a_lower_rate():
    rates = [
        adex_rate(-25e-3, SIGMA, CELL, Adaptation(**{**WORDS, "jump": jump})).states[0].rate
        for jump in (0.0, 10e-12, 40e-12)
    ]
    assert rates[0] > rates[1] > rates[2] > 5


def test_all_three_states_are_found_where_the_mean_potential_falls_as_the_cell_begins_to_fire():
    """Then strong subthreshold adaptation falls as well and lets the cell fire on; the jump of each spike ends that."""
    strong = {**WORDS, "conductance": "20 nS", "reversal": "-70 mV"}
    found = adex_rate(-17.5e-3, 1.5e-3, CELL, Adaptation(**{**strong, "jump": 0.0}))
    assert [state.stable for state in found.states] == [True, False, True]
    assert found.states[0].rate < 1 < 5 < found.states[1].rate < found.states[2].rate
    assert "uV apart" in found.message
    assert len(adex_rate(-17.5e-3, 1.5e-3, CELL, Adaptation(**strong)).states) == 1


def test_an_adaptation_that_outweighs_the_leak_is_refused():
    with pytest.raises(ValueError, match="runs away"):
        adex_rate(-45e-3, SIGMA, CELL, Adaptation(**{**WORDS, "conductance": "-10 nS"}))
    with pytest.raises(ValueError, match=r"Adaptation\.jump"):
        Adaptation(**{**WORDS, "jump": "-1 pA"})


def test_the_leaky_cell_is_scanned_up_to_its_threshold_whatever_its_cutoff():
    """It spikes at the threshold, so that its mean potential stays below that: a cutoff above says nothing."""
    leaky = {**CELL.parameters, "slope_factor": 0.0}
    adaptation = Adaptation(**WORDS)
    low, high = (
        adex_rate(-30e-3, SIGMA, ExponentialCell(**{**leaky, "v_cutoff": cutoff}), adaptation)
        for cutoff in (-50e-3, 0.2)
    )
    assert len(low.states) == 1
    assert high == low


def test_arrays_of_inputs_cells_and_adaptations_broadcast():
    cells = [CELL, ExponentialCell(**{**CELL.parameters, "tau_m": 10e-3})]
    weak = Adaptation(**{**WORDS, "jump": 0.0})
    found = adex_rate([["-45 mV"], ["-30 mV"], ["-20 mV"]], SIGMA, cells, Adaptation(**WORDS), size=500)
    assert isinstance(found, np.ndarray)
    assert found.shape == (3, 2)
    for i, mu in enumerate((-45e-3, -30e-3, -20e-3)):
        for j, cell in enumerate(cells):
            assert found[i, j] == adex_rate(mu, SIGMA, cell, Adaptation(**WORDS), size=500)
    two = adex_rate(-30e-3, SIGMA, CELL, [weak, Adaptation(**WORDS)], size=500)
    assert isinstance(two, np.ndarray)
    assert two[0].states[0].rate > two[1].states[0].rate


@pytest.mark.parametrize(
    ("mu", "sigma", "message"),
    [
        (np.nan, SIGMA, "adex_rate: mu = nan V must be finite"),
        ([-45e-3, np.inf], SIGMA, r"adex_rate, element \[1\]: mu = inf V"),
        (-45e-3, [SIGMA, 0.0], r"adex_rate, element \[1\]: .* sigma = 0 V"),
    ],
)
def test_points_that_are_none_are_refused(mu, sigma, message):
    with pytest.raises(ValueError, match=message):
        adex_rate(mu, sigma, CELL, Adaptation(**WORDS))
