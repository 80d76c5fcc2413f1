"""The tabulated kernel: exact for a broken line, converging to a smooth one."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mesobridge.meanfield import BiexponentialKernel, TabulatedKernel


def test_a_triangle_is_exact() -> None:
    kernel = TabulatedKernel([0.0, 1.0, 3.0], [0.0, 2.0, 0.0])
    assert_allclose(kernel.area, 3.0)
    assert_allclose(kernel.mean_lag, 4 / 3, rtol=1e-12)
    assert_allclose(kernel.variance, (0 + 1 + 9 - 0 - 0 - 3) / 18, rtol=1e-12)
    assert_allclose(kernel.step_response([0.0, 1.0, 2.0, 3.0, 9.0]), [0.0, 1.0, 2.5, 3.0, 3.0])
    assert_allclose(kernel([-1.0, 0.5, 4.0]), [0.0, 1.0, 0.0])


def test_features_converge_with_second_order() -> None:
    truth = BiexponentialKernel(1.0, 3e-3, 15e-3)
    errors = []
    for size in (201, 401, 801):
        t = np.linspace(0, 0.3, size)
        errors.append(abs(TabulatedKernel(t, truth(t)).features()["mean_lag"] - truth.mean_lag))
    assert np.polyfit(np.log([200, 400, 800]), np.log(errors), 1)[0] < -1.9


def test_unsorted_times_are_refused() -> None:
    with pytest.raises(ValueError, match="must rise"):
        TabulatedKernel([0.0, 2.0, 1.0], [0.0, 1.0, 0.0])
