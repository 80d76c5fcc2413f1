"""Statistics of single spike trains, by Elephant: renewal processes have the known ones."""

import numpy as np
from numpy.testing import assert_allclose

from mesobridge.validation.pairing.signals.trains import train_statistics

from ..trains import gamma_trains, poisson_trains, recording


def test_poisson_spikes_have_all_statistics_one() -> None:
    rng = np.random.default_rng(1)
    found = train_statistics(recording({"E": poisson_trains(rng, 200, 20.0, 20.0)}, 20.0), "E")
    assert found.cells == 200
    for statistic in (found.cv2, found.lv, found.fano):
        assert statistic is not None
        assert abs(statistic[0] - 1) < 4 * statistic[1]
    # The coefficient of variation of n intervals is too small by about 1/n.
    assert found.cv is not None
    assert abs(found.cv[0] - 1) < 4 * found.cv[1] + 1 / 400


def test_gamma_intervals_have_their_known_irregularity() -> None:
    rng = np.random.default_rng(2)
    for shape in (2.0, 4.0):
        found = train_statistics(recording({"E": gamma_trains(rng, 200, 20.0, shape, 20.0)}, 20.0), "E")
        assert found.cv is not None
        assert found.lv is not None
        assert_allclose(found.cv[0], shape**-0.5, atol=4 * found.cv[1] + 1 / 400)
        assert_allclose(found.lv[0], 3 / (2 * shape + 1), atol=4 * found.lv[1])


def test_slow_changes_of_the_rate_raise_cv_and_fano_but_not_the_local_variation() -> None:
    rng = np.random.default_rng(3)
    slow = [np.concatenate([a[a < 10], b[b >= 10]]) for a, b in zip(
        poisson_trains(rng, 100, 5.0, 20.0), poisson_trains(rng, 100, 50.0, 20.0), strict=True
    )]  # fmt: skip
    found = train_statistics(recording({"E": slow}, 20.0), "E")
    assert found.cv is not None
    assert found.lv is not None
    assert found.fano is not None
    assert found.cv[0] > 1.5
    assert found.fano[0] > 2.5
    assert abs(found.lv[0] - 1) < 0.05


def test_spikes_of_one_step_are_taken_apart() -> None:
    times = np.sort(np.concatenate([np.arange(1, 40) * 0.1, [2.0, 2.0]]))
    found = train_statistics(recording({"E": [times] * 3}, 4.0), "E")
    assert found.lv is not None
    assert np.isfinite(found.lv[0])


def test_cells_that_hardly_fire_say_nothing() -> None:
    found = train_statistics(recording({"E": [np.array([0.1, 0.2])] * 5}, 1.0), "E")
    assert found.cells == 0
    assert found.cv is None
    assert found.fano is None
