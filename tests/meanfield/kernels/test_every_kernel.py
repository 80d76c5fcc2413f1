"""What every kernel does alike: units, the ends of time, unknown times."""

import brian2
import numpy as np
import pytest
from numpy.testing import assert_allclose

from mesobridge.meanfield import (
    AlphaKernel,
    BiexponentialKernel,
    CascadeKernel,
    ExponentialKernel,
    GammaKernel,
    Kernel,
    MixtureKernel,
    TabulatedKernel,
)
from mesobridge.meanfield.kernels import realised
from mesobridge.units import UnitError

KERNELS: list[Kernel | None] = [
    AlphaKernel(2.0, 100.0),
    BiexponentialKernel(2.0, 1e-3, 1e-2),
    BiexponentialKernel(2.0, 1e-2, 1e-2),
    ExponentialKernel(2.0, 1e-2),
    GammaKernel(2.0, 1.0, 1e-2),
    GammaKernel(2.0, 2.5, 1e-2),
    CascadeKernel(2.0, (1e-3, 1e-2)),
    CascadeKernel(2.0, (1e-2, 1e-2)),
    CascadeKernel(2.0, (1e-2,) * 6),
    MixtureKernel((1.0, 0.5), (AlphaKernel(1.0, 100.0), ExponentialKernel(2.0, 1e-2))),
    realised(AlphaKernel(2.0, 100.0)),
    realised(BiexponentialKernel(2.0, 1e-3, 1e-2)),
    TabulatedKernel([0.0, 1e-2, 2e-2], [0.0, 200.0, 0.0]),
]
of_every_kernel = pytest.mark.parametrize("kernel", KERNELS, ids=lambda kernel: type(kernel).__name__)


@of_every_kernel
def test_quantities_with_units_are_converted(kernel: Kernel) -> None:
    milliseconds, hertz = 5 * brian2.ms, 20 * brian2.Hz
    for call in (kernel, kernel.step_response):
        expected = call(5e-3)
        assert expected > 0
        assert call("5 ms") == call(milliseconds) == expected
        with pytest.raises(UnitError, match="time"):
            call(hertz)
    assert kernel.transfer("20 Hz") == kernel.transfer(hertz) == kernel.transfer(20.0)
    with pytest.raises(UnitError, match="frequency"):
        kernel.transfer(milliseconds)


@of_every_kernel
def test_the_ends_of_time(kernel: Kernel) -> None:
    ends = np.array([-np.inf, np.inf])
    assert_allclose(kernel(ends), 0.0, atol=1e-100)
    assert_allclose(kernel.step_response(ends), [0.0, kernel.area], rtol=1e-12)


@of_every_kernel
def test_an_unknown_time_has_an_unknown_response(kernel: Kernel) -> None:
    time = np.array([5e-3, np.nan, -1.0])
    for values in (kernel(time), kernel.step_response(time)):
        assert np.array_equal(np.isnan(values), [False, True, False])


@of_every_kernel
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_frequency_that_is_not_finite_is_refused(kernel: Kernel, value: float) -> None:
    with pytest.raises(ValueError, match=rf"transfer: frequency\[1\] = {value} is not finite"):
        kernel.transfer([1.0, value])
    with pytest.raises(ValueError, match=r"laplace: s = .* is not finite"):
        kernel.laplace(value)
