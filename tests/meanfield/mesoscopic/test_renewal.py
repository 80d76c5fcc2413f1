"""Exact statistics of uncoupled populations: closed forms, plain quadrature, and the shape of the spectrum."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import quad

from mesobridge.meanfield import EscapeRatePopulation, ThresholdKernel, renewal_statistics

CELLS = EscapeRatePopulation(
    size=800, tau_m=20e-3, tau_ref=4e-3, threshold=15e-3, reset=0.0, softness=2.5e-3, threshold_rate=10.0, drive=24e-3
)


def constant_hazard(rate: float, dead: float, size: int = 100) -> EscapeRatePopulation:
    return EscapeRatePopulation(
        size=size, tau_m=20e-3, tau_ref=dead, threshold=0.0, reset=0.0, softness=1e12, threshold_rate=rate, drive=0.0
    )


@given(rate=st.floats(0.1, 500.0), dead=st.floats(0.0, 0.05))
@settings(deadline=None, max_examples=30)
def test_poisson_with_dead_time(rate: float, dead: float) -> None:
    found = renewal_statistics(constant_hazard(rate, dead), frequency=[0.0, 7.0])
    activity = rate / (1 + rate * dead)
    assert_allclose([found.rate, found.cv], [activity, 1 - activity * dead], rtol=1e-9)
    assert_allclose(found.spectrum[0], activity * found.cv**2 / 100, rtol=1e-8)
    p = rate / (rate + 14j * np.pi) * np.exp(-14j * np.pi * dead)
    assert_allclose(found.spectrum[1], activity / 100 * (1 - abs(p) ** 2) / abs(1 - p) ** 2, rtol=1e-6)


def test_without_dead_time_the_spectrum_is_flat() -> None:
    found = renewal_statistics(constant_hazard(20.0, 0.0), frequency=np.geomspace(0.1, 500, 20))
    assert_allclose(found.spectrum, 20.0 / 100, rtol=1e-7)


def test_plain_quadrature() -> None:
    def survivor(age: float) -> float:
        def hazard(s: float) -> float:
            return 10 * np.exp((24e-3 * (1 - np.exp(-s / 20e-3)) - 15e-3) / 2.5e-3)

        return np.exp(-quad(hazard, 0, age, epsabs=1e-12)[0])

    mean = 4e-3 + quad(survivor, 0, 0.5, epsabs=1e-12, limit=200)[0]
    square = (4e-3) ** 2 + 2 * quad(lambda a: (4e-3 + a) * survivor(a), 0, 0.5, epsabs=1e-12, limit=200)[0]
    found = renewal_statistics(CELLS)
    assert_allclose(found.rate, 1 / mean, rtol=1e-8)
    assert_allclose(found.cv, np.sqrt(square - mean**2) / mean, rtol=1e-6)


def test_the_spectrum_tends_to_shot_noise() -> None:
    found = renewal_statistics(CELLS, frequency=[0.0, 1e-4, 3000.0])
    assert_allclose(found.spectrum[0], found.rate * found.cv**2 / 800, rtol=1e-12)
    assert_allclose(found.spectrum[1], found.spectrum[0], rtol=1e-4)
    assert_allclose(found.spectrum[2], found.rate / 800, rtol=1e-3)


def test_another_drive() -> None:
    assert renewal_statistics(CELLS, drive=30e-3).rate > renewal_statistics(CELLS).rate
    silent = renewal_statistics(CELLS, drive=0.0)
    # Far below threshold the hazard is constant and small.
    assert_allclose(silent.rate, float(CELLS.hazard(0.0)) / (1 + float(CELLS.hazard(0.0)) * 4e-3), rtol=1e-9)


def test_adapting_cells_are_refused() -> None:
    adapting = EscapeRatePopulation(**{**vars(CELLS), "adaptation": [ThresholdKernel(jump=1e-3, decay=0.1)]})
    with pytest.raises(ValueError, match="depend on one another"):
        renewal_statistics(adapting)


def test_a_hazard_too_steep_to_integrate_is_refused() -> None:
    steep = EscapeRatePopulation(**{**vars(CELLS), "softness": 1e-6})
    with pytest.raises(ValueError, match="larger softness"):
        renewal_statistics(steep)
