"""The sparse network of leaky cells: rates by direct iteration, oscillations as the paper has them."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import brentq

from mesobridge.meanfield import lif_rate
from mesobridge.meanfield.networks import LeakyRate, sparse_leaky_network

CELL = LeakyRate(tau_m="20 ms", tau_ref="2 ms", v_threshold="20 mV", v_reset="10 mV")
KNOWN = {"tau_m": 0.02, "tau_ref": 0.002, "v_threshold": 0.02, "v_reset": 0.01}


def network(inhibition: float, external: float, delay: float = 1.5e-3):
    return sparse_leaky_network(
        CELL,
        jump=0.1e-3,
        relative_inhibition=inhibition,
        excitatory_inputs=1000,
        inhibitory_inputs=250,
        external_rate=external * 10.0,  # in units of threshold/(C_E J tau) = 10 Hz
        delay=delay,
        sizes=(10000, 2500),
    )


def steady_by_hand(inhibition: float, external: float) -> float:
    """Return the rate at which Eqs. 4 and 5 of brunel2000 reproduce it."""

    def miss(rate: float) -> float:
        heard = 1000 * external * 10.0 + 1000 * rate - inhibition * 250 * rate
        power = 1000 * external * 10.0 + 1000 * rate + inhibition**2 * 250 * rate
        return float(lif_rate(1e-4 * 0.02 * heard, 1e-4 * np.sqrt(0.02 * power), **KNOWN)) - rate

    found: object = brentq(miss, 0.0, 400.0)
    return float(found)  # type: ignore[arg-type]


@pytest.mark.parametrize(("inhibition", "external"), [(6.0, 4.0), (5.0, 2.0), (4.5, 0.9)])
def test_steady_rates_are_those_of_the_equations(inhibition: float, external: float) -> None:
    found = network(inhibition, external).search()
    assert len(found.rates) == 1
    assert_allclose(found.rates[0], steady_by_hand(inhibition, external), rtol=1e-6)


@pytest.mark.parametrize(
    ("inhibition", "external", "rate", "oscillation"),
    [(6.0, 4.0, 55.8, 190.0), (5.0, 2.0, 38.0, None), (4.5, 0.9, 6.5, 29.0)],
    ids=["fast", "asynchronous", "slow"],
)
def test_rates_and_oscillations_are_those_of_the_paper(
    inhibition: float, external: float, rate: float, oscillation: float | None
) -> None:
    model = network(inhibition, external)
    state = model.search().rates[0]
    assert_allclose(state[0], rate, atol=0.06)
    loop = model.loop(state)
    assert loop.unstable == (0 if oscillation is None else 2)
    if oscillation is not None:
        leading = loop.eigenvalues(2)[0]
        assert leading.real > 0
        assert_allclose(abs(leading.imag) / (2 * np.pi), oscillation, rtol=0.01)


@pytest.mark.slow
def test_where_the_asynchronous_state_ends_a_mode_stands_still() -> None:
    found = network(4.5, 0.9).continuation("E.external", (8800.0, 9400.0), sections=2, largest_step=0.5)
    assert found.branches[0].sizes["point"] > 2
    assert np.all(found.branches[0]["E.rate"].values > 0)


def test_a_longer_delay_slows_the_fast_oscillation() -> None:
    frequencies = []
    for delay in (1.5e-3, 3e-3):
        model = network(6.0, 4.0, delay)
        frequencies.append(abs(model.eigenvalues(model.search().rates[0], 2)[0].imag) / (2 * np.pi))
    # About a quarter of the inverse delay (brunel1999).
    assert 0.4 < frequencies[1] / frequencies[0] < 0.7
