"""The linear pair: its course against an integrator, its rebound against exact limits and the published direction."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from mesobridge.validation.ledger.experiments.rebound import Couplings, rebound, rebound_surface


def integrated(c, tau_i, b):
    """The equations as printed, by a Runge-Kutta method."""

    def slope(t, y):
        e, i, a = y
        drive = 1.0 if t < 0.1 else 0.0
        return [
            (-e + c.ee * e - c.ei * i - b * a) / 0.020,
            (-i + c.ie * e - c.ii * i + drive) / tau_i,
            (-a + e) / 0.100,
        ]

    first = solve_ivp(slope, (0, 0.1 - 1e-12), [0, 0, 0], rtol=1e-9, atol=1e-12, max_step=1e-3)
    second = solve_ivp(slope, (0.1, 0.5), first.y[:, -1], rtol=1e-9, atol=1e-12, max_step=1e-3)
    trough = min(first.y[0].min(), second.y[0].min())
    return max(second.y[0].max(), 0.0) / -trough


@pytest.mark.parametrize("tau_i", [0.020, 0.010, 0.005])
@pytest.mark.parametrize("b", [0.0, 0.5, 1.0])
def test_the_rebound_is_that_of_an_integrator(tau_i, b):
    assert rebound(Couplings(), tau_i, b)[0] == pytest.approx(integrated(Couplings(), tau_i, b), rel=3e-3, abs=1e-4)


def test_slower_inhibition_and_slow_recovery_make_the_rebound():
    fast_to_slow = [rebound(Couplings(), tau, 0.0)[0] for tau in (0.0025, 0.005, 0.010, 0.020)]
    assert fast_to_slow[0] == pytest.approx(0.0, abs=0.005)
    assert fast_to_slow == sorted(fast_to_slow)
    assert fast_to_slow[-1] == pytest.approx(0.23, abs=0.01)
    recovery = [rebound(Couplings(), 0.0025, b)[0] for b in (0.0, 0.5, 1.0)]
    assert recovery == sorted(recovery)
    assert recovery[-1] > 0.15


def test_an_unstable_pair_is_refused():
    with pytest.raises(ValueError, match="unstable"):
        rebound(Couplings(ee=5.0, ei=0.1), 0.010, 0.0)


def test_the_map_grows_with_both_coordinates():
    values = np.array(rebound_surface()["rebound"])
    assert values.shape == (9, 12)
    assert np.all(np.diff(values, axis=0) > -1e-3)
    assert np.all(np.diff(values, axis=1) > -1e-3)
