"""Exponentials and coloured noise over one step."""

import numpy as np
import pytest

from mesobridge.spiking.engine.stepping import noise_step, step_average


def test_the_average_over_a_step_is_that_of_the_exponential():
    dt, tau = 1e-3, 2e-3
    fine = np.exp(-(np.arange(100_000) + 0.5) / 100_000 * dt / tau).mean()
    assert step_average(dt, tau) == pytest.approx(fine, rel=1e-9)


@pytest.mark.parametrize("ratio", [50.0, 1.0, 1e-4])
def test_a_held_noise_has_the_intensity_of_the_process(ratio):
    dt = 1e-4
    keep, scale, renewed = noise_step(dt, ratio * dt)
    assert dt * (scale * renewed / (1 - keep)) ** 2 == pytest.approx(2 * ratio * dt, rel=1e-9)
    assert renewed**2 == pytest.approx(1 - keep**2, rel=1e-12)
