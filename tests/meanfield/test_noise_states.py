"""The chain that stands for the noise: its law, its correlation, its detailed balance."""

import numpy as np
from numpy.testing import assert_allclose
from scipy.special import ndtr

from mesobridge.meanfield.noise_states import noise_states


def test_law_is_standard_normal() -> None:
    states = noise_states(np.array([-8.0, -1.0, 0.0, 2.5, 7.0]), 48)
    assert_allclose(states.share.sum(axis=-1), 1.0, rtol=1e-13)
    assert_allclose((states.share * states.value).sum(axis=-1), 0.0, atol=1e-13)
    assert np.all(np.diff(states.value, axis=-1) > 0)


def test_variance_converges_with_second_order_and_correlation_is_exact() -> None:
    gaps, rates = [], []
    for count in (24, 48, 96):
        states = noise_states(np.array(0.5), count)
        variance = states.share @ states.value**2
        drift = states.value @ states.exchange @ (states.share * states.value)
        gaps.append(1 - variance)
        rates.append(abs(-drift / variance - 1))
    assert 0 < gaps[2] < gaps[1] < gaps[0] < 0.03
    assert_allclose(np.log2(gaps[0] / gaps[1]), 2, atol=0.3)
    assert_allclose(rates, 0.0, atol=1e-12)


def test_probability_is_conserved_and_balanced() -> None:
    states = noise_states(np.array([0.3, 3.0]), 32)
    assert_allclose(states.exchange.sum(axis=-2), 0.0, atol=1e-9 * np.abs(states.exchange).max())
    flow = states.exchange * states.share[..., None, :]
    assert_allclose(flow, np.swapaxes(flow, -1, -2), atol=1e-12)


def test_the_decisive_value_is_an_edge() -> None:
    states = noise_states(np.array(1.3), 40)
    below = states.share[states.value < 1.3].sum()
    assert_allclose(below, ndtr(1.3), rtol=1e-12)
