"""The shifts for coloured noise and for a clock are the same in every formula of the leaky cell."""

import math
from typing import Any

import numpy as np
import pytest

from mesobridge.meanfield import lif_cv, lif_rate, lif_response, lif_slopes

CELL: dict[str, Any] = {"tau_m": 0.02, "v_threshold": 0.02, "v_reset": 0.01}
MU, SIGMA = np.array([0.012, 0.018, 0.025]), 0.004
COLOUR = 2.0652531 / 2 * SIGMA * math.sqrt(0.0005 / 0.02)
CLOCK = 0.5825971579 * SIGMA * math.sqrt(1e-4 / 0.02)


def raised(threshold, reset):
    return {"tau_m": 0.02, "v_threshold": 0.02 + threshold, "v_reset": 0.01 + reset}


@pytest.mark.parametrize("formula", [lif_rate, lif_cv, lambda mu, sigma, **cell: lif_response(30.0, mu, sigma, **cell)])
def test_a_shift_raises_the_barriers(formula):
    shifted = formula(MU, SIGMA, **CELL, tau_ref=0.0, tau_syn="0.5 ms")
    np.testing.assert_allclose(shifted, formula(MU, SIGMA, **raised(COLOUR, COLOUR), tau_ref=0.0), rtol=1e-6)
    watched = formula(MU, SIGMA, **CELL, tau_ref=0.002, dt="0.1 ms")
    np.testing.assert_allclose(watched, formula(MU, SIGMA, **raised(CLOCK, 0.0), tau_ref=0.002), rtol=1e-6)
    assert np.all(np.abs(watched / formula(MU, SIGMA, **CELL, tau_ref=0.002) - 1) > 1e-4)


def test_the_watched_response_at_rest_is_the_slope_of_the_watched_rate():
    slope, _ = lif_slopes(MU, SIGMA, **CELL, tau_ref=0.002, dt=1e-4)
    np.testing.assert_allclose(lif_response(0.0, MU, SIGMA, **CELL, tau_ref=0.002, dt=1e-4), slope, rtol=1e-9)


@pytest.mark.parametrize("shift", [{"tau_syn": 5e-4}, {"dt": 1e-4}])
def test_modulated_noise_with_a_shift_that_it_moves_is_refused(shift):
    with pytest.raises(ValueError, match="shift itself would be modulated"):
        lif_response(10.0, MU, SIGMA, **CELL, tau_ref=0.002, modulation="sigma", **shift)
