"""Delays, squared kernels and rate models: against their definitions, and the leaky cell against its own formulas."""

from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import quad

from mesobridge.meanfield import (
    AlphaKernel,
    BiexponentialKernel,
    CascadeKernel,
    ExGaussianSigmoid,
    ExponentialKernel,
    GammaKernel,
    GaussianSigmoid,
    LogisticSigmoid,
    MixtureKernel,
    lif_rate,
    lif_response,
)
from mesobridge.meanfield.networks import (
    DelayDistribution,
    LeakyRate,
    MemorylessRate,
    NetworkDrive,
    NetworkPopulation,
    StaticRate,
    TabulatedRate,
    squared_kernel,
)
from mesobridge.meanfield.networks.rate_models import rate_model

Family = Literal["normal", "lognormal", "uniform"]

CELL = LeakyRate(tau_m="20 ms", tau_ref="2 ms", v_threshold="20 mV", v_reset="10 mV")
FAMILIES: tuple[Family, ...] = ("normal", "lognormal", "uniform")
KNOWN: dict[str, float] = {"tau_m": 0.02, "tau_ref": 0.002, "v_threshold": 0.02, "v_reset": 0.01}


@pytest.mark.parametrize("family", FAMILIES)
def test_the_transform_of_a_delay_is_its_mean_exponential(family: Family) -> None:
    delay = DelayDistribution(2e-3, 0.4e-3, family)
    draws = {
        "normal": lambda r, n: r.normal(2e-3, 0.4e-3, n),
        "lognormal": lambda r, n: r.lognormal(np.log(2e-3) - np.log1p(0.04) / 2, np.sqrt(np.log1p(0.04)), n),
        "uniform": lambda r, n: r.uniform(2e-3 - np.sqrt(3) * 0.4e-3, 2e-3 + np.sqrt(3) * 0.4e-3, n),
    }[family](np.random.default_rng(1), 400_000)
    draws = draws[(draws > 0) & (draws < 2e-3 + 4 * 0.4e-3)]
    for s in (2j * np.pi * 100, 2j * np.pi * 400, 30 + 2j * np.pi * 20):
        waves = np.exp(-s * draws)
        error = np.sqrt(np.mean(np.abs(waves - waves.mean()) ** 2) / draws.size)
        assert abs(complex(delay.laplace(s)) - waves.mean()) < 4 * error
    assert_allclose(delay.average, draws.mean(), atol=4 * draws.std() / np.sqrt(draws.size))


@pytest.mark.parametrize("family", FAMILIES)
def test_taps_keep_the_mass_and_the_mean_of_the_delays(family: Family) -> None:
    delay = DelayDistribution(2e-3, 0.4e-3, family)
    first, weights = delay.taps(1e-4)
    assert_allclose(weights.sum(), 1.0, rtol=1e-12)
    assert_allclose(1e-4 * (first + np.arange(weights.size)) @ weights, delay.average, rtol=1e-12)


def test_a_delay_says_what_is_wrong_with_it() -> None:
    with pytest.raises(ValueError, match="name a family"):
        DelayDistribution(1e-3, 1e-4)
    with pytest.raises(ValueError, match="lognormal delay needs a mean"):
        DelayDistribution(0.0, 1e-4, "lognormal")


KERNELS = (
    ExponentialKernel(2e-6, 10e-3),
    AlphaKernel(2e-6, 200.0),
    BiexponentialKernel(-2e-6, 1e-3, 8e-3),
    CascadeKernel(2e-6, (2e-3, 5e-3, 15e-3)),
    GammaKernel(2e-6, 2.4, 5e-3),
    MixtureKernel((0.5, 0.5), (ExponentialKernel(2e-6, 3e-3), AlphaKernel(1e-6, 50.0))),
)


@pytest.mark.parametrize("kernel", KERNELS, ids=lambda k: type(k).__name__)
def test_the_squared_kernel_is_the_square(kernel) -> None:
    square = squared_kernel(kernel)
    t = np.array([5e-4, 2e-3, 1e-2, 4e-2])
    assert_allclose(square(t), kernel(t) ** 2, rtol=2e-5)
    area = quad(lambda x: float(kernel(x)) ** 2, 0, 1.0, points=[1e-3, 1e-2, 5e-2], limit=500)[0]
    assert_allclose(square.area, area, rtol=2e-5)


@settings(max_examples=30, deadline=None)
@given(kappa=st.sampled_from([-3e-3, 0.0, 2e-3]), v=st.floats(-60e-3, -40e-3), sd=st.floats(0.0, 5e-3))
def test_a_memoryless_rate_is_the_average_over_normal_potentials(kappa: float, v: float, sd: float) -> None:
    sigmoid = ExGaussianSigmoid(100.0, -50e-3, 1e-3, kappa)
    points, weights = np.polynomial.hermite_e.hermegauss(151)
    average = sigmoid(v + sd * points) @ weights / weights.sum()
    assert_allclose(MemorylessRate(sigmoid)(v, sd**2), average, atol=2e-4)


def test_slopes_are_derivatives() -> None:
    grid, widths = np.linspace(-60e-3, -40e-3, 41), np.linspace(1e-3, 5e-3, 9)
    memoryless = MemorylessRate(ExGaussianSigmoid(100.0, -50e-3, 2e-3, 2e-3))
    table = TabulatedRate(grid, widths, memoryless(grid[:, None], widths**2))
    logistic = MemorylessRate(LogisticSigmoid(100.0, -50e-3, 2e-3))
    assert_allclose(table(-48.3e-3, 2.2e-3**2), memoryless(-48.3e-3, 2.2e-3**2), rtol=1e-4)
    models = (StaticRate(GaussianSigmoid(100.0, -50e-3, 3e-3)), memoryless, table, logistic)
    for model in models:
        by_mean, by_variance = model.slopes(-48e-3, 5e-6)
        h, k = 1e-5, 1e-8
        assert_allclose(by_mean, (model(-48e-3 + h, 5e-6) - model(-48e-3 - h, 5e-6)) / (2 * h), rtol=1e-4)
        rise = (model(-48e-3, 5e-6 + k) - model(-48e-3, 5e-6 - k)) / (2 * k)
        assert_allclose(by_variance, rise, rtol=1e-3, atol=1.0)
        moved = model.responses(np.array([1j, 3.0]), -48e-3, 5e-6)
        assert_allclose(moved[0], by_mean, rtol=1e-12)
        assert_allclose(moved[1], by_variance, rtol=1e-12)


def test_the_leaky_rate_is_that_of_the_formulas() -> None:
    v, sigma = 16e-3, 4e-3
    assert_allclose(CELL(v, sigma**2 / 2), lif_rate(v, sigma, **KNOWN), rtol=1e-12)
    frequency = np.array([-30.0, 0.5, 10.0, 80.0, 300.0])
    s = 2j * np.pi * frequency
    by_mean, by_variance = CELL.responses(s, v, sigma**2 / 2)
    assert_allclose(
        by_mean,
        lif_response(frequency, v, sigma, tau_m=0.02, tau_ref=0.002, v_threshold=0.02, v_reset=0.01) * (1 + s * 0.02),
        rtol=1e-10,
    )
    printed = (
        lif_response(frequency, v, sigma, modulation="sigma", tau_m=0.02, tau_ref=0.002, v_threshold=0.02, v_reset=0.01)
        * (1 + s * 0.01)
        / sigma
    )
    assert_allclose(by_variance, printed, rtol=1e-10)


def test_at_rest_the_leaky_responses_are_its_slopes() -> None:
    slopes = CELL.slopes(17e-3, 6e-6)
    moved = CELL.responses(np.array([1e-7]), 17e-3, 6e-6)
    for still, response in zip(slopes, moved, strict=True):
        assert_allclose(response, still, rtol=1e-6)


@pytest.mark.parametrize("s", [60 + 200j, -20 + 400j, -40 + 60j])
def test_the_leaky_response_is_analytic_beside_the_axis(s: complex) -> None:
    h = 1e-2
    for k in (0, 1):
        ends = [complex(CELL.responses(np.array([s + d]), 17e-3, 6e-6)[k][0]) for d in (h, -h, 1j * h, -1j * h)]
        assert_allclose((ends[0] - ends[1]) / (2 * h), (ends[2] - ends[3]) / (2j * h), rtol=1e-4)


def test_left_of_the_membrane_the_leaky_response_is_not_known() -> None:
    assert np.isnan(CELL.responses(np.array([-60.0 + 0j]), 17e-3, 6e-6)[0][0])


def test_a_sigmoid_alone_is_a_rate_of_frozen_width() -> None:
    sigmoid = GaussianSigmoid(100.0, -50e-3, 3e-3)
    model = rate_model(sigmoid)
    assert isinstance(model, StaticRate)
    assert not model.uses_variance
    assert rate_model(CELL) is CELL
    assert NetworkPopulation(name="E", rate=sigmoid, operating_v="-50 mV").operating_v == -0.05
    drive = NetworkDrive(target="E", kernel=ExponentialKernel(1e-6, 1e-2), level=3.0, unit="A", name="current")
    assert drive.label == "E.current"


def test_a_table_of_rates_says_what_is_wrong_with_it() -> None:
    with pytest.raises(ValueError, match="one rate for each pair"):
        TabulatedRate([0.0, 1.0, 2.0, 3.0], [0.1, 0.2, 0.3, 0.4], np.ones((4, 3)))
    with pytest.raises(ValueError, match="must rise"):
        TabulatedRate([0.0, 1.0, 3.0, 2.0], [0.1, 0.2, 0.3, 0.4], np.ones((4, 4)))
    with pytest.raises(ValueError, match="not below the threshold"):
        LeakyRate(tau_m=0.02, tau_ref=0.0, v_threshold=0.01, v_reset=0.02)
