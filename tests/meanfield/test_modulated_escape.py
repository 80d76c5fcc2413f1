"""The ratio behind the LIF response: its two ways of evaluation agree, and the number of nodes does not matter."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mesobridge.meanfield.modulated_escape import ModulatedEscape, apart, escape_ratio, together


@pytest.mark.parametrize("power", [0, 1])
def test_one_and_two_contours_agree_where_both_hold(power: int) -> None:
    rng = np.random.default_rng(4)
    upper = rng.uniform(-4, 4, 400)
    lower = upper - rng.uniform(0.3, 1.0, 400)
    s = 1j * 10 ** rng.uniform(0, 0.6, 400)
    case = ModulatedEscape(lower, upper, s, 0.2 * s.imag, np.full(400, 0.2))
    assert_allclose(together(case, power, 192), apart(case, power, 192), rtol=1e-11)


@pytest.mark.parametrize("power", [0, 1])
def test_nothing_depends_on_the_number_of_nodes(power: int) -> None:
    rng = np.random.default_rng(1)
    n = 2000
    upper, width = np.sinh(rng.uniform(-8, 3.9, n)), 10 ** rng.uniform(-3, 4, n)
    s, dead = 1j * 10 ** rng.uniform(-6, 4, n), rng.choice([0, 0.1, 1], n)
    case = ModulatedEscape(upper - width, upper, s, s.imag * dead, dead)
    found = escape_ratio(case, power)
    assert np.all(np.isfinite(found))
    assert_allclose(found, escape_ratio(case, power, refinement=2), rtol=1e-10)


def test_the_change_of_method_leaves_no_jump() -> None:
    """At |s| = 1, 3 and 20 the path or the number of nodes changes."""
    for edge in (1.0, 3.0, 20.0):
        s = 1j * edge * (1 + np.array([-1e-13, 1e-13]))
        for upper, width in ((-3.0, 2.0), (0.5, 2.0), (4.0, 8.0), (2.0, 0.01)):
            top = np.full(2, upper)
            case = ModulatedEscape(top - width, top, s, 0.1 * s.imag, np.full(2, 0.1))
            below, above = escape_ratio(case, 0)
            assert abs(above / below - 1) < 1e-11
