"""Laplace transforms of all kernels against quadrature, and kernels as chains of stages."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import simpson

from mesobridge.meanfield import (
    AlphaKernel,
    BiexponentialKernel,
    CascadeKernel,
    ExponentialKernel,
    GammaKernel,
    Kernel,
    MixtureKernel,
    StateSpaceKernel,
    TabulatedKernel,
)
from mesobridge.meanfield.kernels import realised

STAGES: list[Kernel] = [
    ExponentialKernel(1e-5, 10e-3),
    AlphaKernel(2e-6, 100.0),
    BiexponentialKernel(-1e-5, 2e-3, 20e-3),
    CascadeKernel(1e-5, (1e-3, 5e-3, 5e-3, 20e-3)),
    GammaKernel(1e-5, 3.0, 7e-3),
    MixtureKernel((0.3, 0.7), (AlphaKernel(2e-6, 300.0), CascadeKernel(1e-5, (2e-3, 30e-3)))),
    StateSpaceKernel([[-50.0, 20.0], [10.0, -80.0]], [1.0, 0.0], [1e-3, 2e-3]),
]
OTHERS: list[Kernel] = [
    GammaKernel(1e-5, 2.5, 7e-3),
    MixtureKernel((1.0, 1.0), (ExponentialKernel(1e-5, 10e-3), GammaKernel(1e-5, 1.5, 7e-3))),
]
POINTS = np.array([0.0, 3.0, -8.0, 40.0 + 200.0j, -10.0 + 90.0j, 1e-3j])
T = np.linspace(0, 1.0, 60_001) ** 2


def kernel_name(kernel: Kernel) -> str:
    return type(kernel).__name__


@pytest.mark.parametrize("kernel", STAGES + OTHERS, ids=kernel_name)
def test_the_laplace_transform_is_the_integral_on_both_sides_of_the_axis(kernel: Kernel) -> None:
    naive = np.array([simpson(kernel(T) * np.exp(-s * T), x=T) for s in POINTS])
    assert_allclose(kernel.laplace(POINTS), naive, rtol=1e-6)
    assert kernel.laplace(0.0) == pytest.approx(kernel.area, rel=1e-12)
    frequency = np.array([0.0, 5.0, 80.0])
    assert_allclose(kernel.laplace(2j * np.pi * frequency), kernel.transfer(frequency), rtol=1e-12)


def test_the_transform_of_a_table_is_exact_for_its_broken_line() -> None:
    time, response = np.array([0.0, 1e-3, 4e-3, 0.05]), np.array([0.0, 2e-3, 1e-3, 0.0])
    table = TabulatedKernel(time, response)
    s = np.array([0.0, 1e-9, 0.5, 500.0, -100.0 + 3000.0j, 20j])
    fine = [np.linspace(a, b, 20_001) for a, b in pairwise(time)]
    naive = np.array([sum(simpson(table(t) * np.exp(-point * t), x=t) for t in fine) for point in s])
    assert_allclose(table.laplace(s), naive, rtol=1e-9)
    assert table.laplace(s.reshape(2, 3)).shape == (2, 3)


def test_a_long_table_at_many_points_is_done_in_blocks() -> None:
    t = np.linspace(0, 0.1, 2001)
    table = TabulatedKernel(t, AlphaKernel(1e-5, 100.0)(t))
    s = 1j * np.linspace(0, 1000, 1500)
    one_by_one = [complex(table.laplace(point)) for point in s[::500]]
    assert_allclose(table.laplace(s)[::500], one_by_one, rtol=1e-13)


@pytest.mark.parametrize("kernel", STAGES, ids=kernel_name)
def test_stages_in_a_row_are_the_same_kernel(kernel: Kernel) -> None:
    chain = realised(kernel)
    assert chain is not None
    t = np.linspace(0, 0.1, 41)
    assert_allclose(chain(t), kernel(t), rtol=1e-7, atol=1e-9 * abs(kernel.area))
    assert_allclose(chain.laplace(POINTS), kernel.laplace(POINTS), rtol=1e-10)
    assert (chain.area, chain.mean_lag) == pytest.approx((kernel.area, kernel.mean_lag), rel=1e-10)


@pytest.mark.parametrize("kernel", [*OTHERS, TabulatedKernel([0.0, 1.0, 2.0], [0.0, 1.0, 0.0])], ids=kernel_name)
def test_what_is_no_chain_of_stages_is_not_made_one(kernel: Kernel) -> None:
    assert realised(kernel) is None
