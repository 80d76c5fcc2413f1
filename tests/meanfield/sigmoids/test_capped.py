"""A capped sigmoid refers every feature to the rate at the cap."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mesobridge.meanfield import ExGaussianSigmoid, capped

INNER = ExGaussianSigmoid(100.0, -0.05, 3e-3, 4e-3)


def test_maximum_is_the_rate_at_the_cap() -> None:
    sigmoid = capped(INNER, -0.045)
    assert_allclose(sigmoid.q_max, INNER(-0.045))
    assert_allclose(sigmoid(0.0), sigmoid.q_max)
    assert sigmoid.gain(0.0) == 0


def test_quantiles_refer_to_the_cap() -> None:
    sigmoid = capped(INNER, -0.045)
    p = np.array([0.1, 0.5, 0.9])
    assert_allclose(INNER(sigmoid.quantile(p)), p * sigmoid.q_max, rtol=1e-12)
    assert sigmoid.features()["v50"] < INNER.features()["v50"]


def test_a_high_cap_changes_nothing() -> None:
    found, expected = capped(INNER, 0.2).features(), INNER.features()
    assert_allclose([found[k] for k in expected], list(expected.values()), rtol=1e-6)


def test_a_cap_where_nothing_fires_is_refused() -> None:
    with pytest.raises(ValueError, match="higher potential"):
        capped(INNER, -1.0)
