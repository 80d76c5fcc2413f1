"""The functions of one step against their definition as a convolution, on both sides of the switch to a series."""

from typing import Any

import mpmath as mp
import numpy as np
import pytest
from numpy.testing import assert_allclose

from mesobridge.meanfield.threshold_steps import step_functions

ORDERS = ((1, 1), (2, 1), (3, 1), (1, 2), (2, 2), (3, 2), (1, 3), (2, 3), (3, 3))


def convolved(m: int, n: int, z: float) -> float:
    """Inverse Laplace transform at 1 of 1/(k^m (k + z)^n), as the convolution of the two parts."""

    def product(y: Any) -> Any:
        return (1 - y) ** (m - 1) / mp.factorial(m - 1) * y ** (n - 1) / mp.factorial(n - 1) * mp.exp(-z * y)

    area: Any = mp.quad(product, [0, 0.5, 1])
    return float(area)


@pytest.mark.parametrize("z", [-30.0, -2.0, -0.7001, -0.6999, -1e-3, 0.0, 1e-9, 0.6999, 0.7001, 3.0, 200.0])
def test_step_functions_are_the_convolutions_they_stand_for(z):
    found = step_functions(z)
    assert len(found) == 1 + len(ORDERS)
    assert_allclose(found[0], np.exp(-z), rtol=1e-15)
    assert_allclose(found[1:], [convolved(m, n, z) for m, n in ORDERS], rtol=2e-11)
