import numpy as np
import pytest

from mesobridge.bridge.sigmoid_fit.smooth import STIFFNESS, _monotone


@pytest.mark.parametrize("stiffness", STIFFNESS)
def test_a_smooth_never_falls_not_even_by_rounding(stiffness):
    rng = np.random.default_rng(4)
    rough = np.diff(np.eye(20), 2, axis=0)
    for _ in range(60):
        rate = 40 * np.sort(rng.random(20))
        rate[5:12] = rate[5]
        rates = _monotone(rate + rng.normal(size=20), np.full(20, 0.5), rough, stiffness)
        assert rates[-1] > rates[0]
        assert np.all(np.diff(rates) >= 0)
