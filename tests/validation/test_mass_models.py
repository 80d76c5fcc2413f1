"""The mass model and its negative controls differ in exactly what each of them is meant to have wrong."""

import numpy as np
import pytest
import xarray as xr

from mesobridge.meanfield import CascadeKernel, ExGaussianSigmoid, TabulatedKernel
from mesobridge.validation.mass_models import Parts, on_recorded_potential, scrambled

TIME = np.arange(0, 0.3, 5e-4)
KERNEL = CascadeKernel(2e-6, (0.005, 0.020))
SIGMOID = ExGaussianSigmoid(100.0, -0.055, 0.003, 0.004)
PARTS = Parts(sigmoid=SIGMOID, time=TIME, response=np.asarray(KERNEL(TIME)), operating_v=-0.057)


def test_a_scrambled_kernel_keeps_its_area_and_loses_its_course():
    wrong = scrambled(PARTS)
    before, after = TabulatedKernel(TIME, PARTS.response), TabulatedKernel(TIME, wrong.response)
    # The area is that of a broken line, in which the two samples at the ends count half.
    assert abs(after.area - before.area) <= PARTS.response.max() * 5e-4
    np.testing.assert_array_equal(np.sort(wrong.response), np.sort(PARTS.response))
    assert after.mean_lag > 1.5 * before.mean_lag
    assert (wrong.sigmoid, wrong.operating_v) == (PARTS.sigmoid, PARTS.operating_v)


def test_scrambling_is_the_same_every_time_and_stays_where_the_kernel_was():
    np.testing.assert_array_equal(scrambled(PARTS).response, scrambled(PARTS).response)
    share = np.cumsum(PARTS.response) / PARTS.response.sum()
    beyond = share > 0.995
    assert beyond.sum() > 100
    np.testing.assert_array_equal(scrambled(PARTS).response[beyond], PARTS.response[beyond])


def test_the_mass_rests_at_the_operating_point():
    mass = PARTS.mass("excitatory", 500.0)
    v, rate = mass.respond({"excitatory": np.full(400, 500.0)}, 1e-3)
    np.testing.assert_allclose(v, PARTS.operating_v, rtol=1e-12)
    np.testing.assert_allclose(rate, SIGMOID(PARTS.operating_v), rtol=1e-12)
    assert mass.gain("excitatory") == pytest.approx(float(SIGMOID.gain(-0.057)) * KERNEL.area, rel=1e-2)


def levels(v, rate, drive, cells=4, duration=2.0):
    """A recording of steady drives in which all cells of a level are alike."""
    count = np.repeat(np.round(np.array(rate) * duration / 2).astype(int)[None, :, None], cells, 2)
    return xr.Dataset(
        {
            "spike_count": (("half", "level", "cell"), np.repeat(count, 2, 0)),
            "v_mean": (("level", "cell"), np.repeat(np.array(v)[:, None], cells, 1)),
        },
        coords={"drive": ("level", np.array(drive))},
        attrs={"duration": duration},
    )


def test_a_monotone_recorded_potential_is_taken_as_it_is():
    v, rate, drive = [-0.070, -0.060, -0.055, -0.050], [0.0, 5.0, 20.0, 40.0], [0.0, 1e-10, 2e-10, 3e-10]
    found = on_recorded_potential(
        PARTS, [levels(v[:2], rate[:2], drive[:2]), levels(v[2:], rate[2:], drive[2:])], 2e-10
    )
    np.testing.assert_allclose(found.sigmoid(np.array(v)), rate, rtol=1e-12)
    assert found.operating_v == -0.055
    np.testing.assert_array_equal(found.response, PARTS.response)


def test_a_folded_recorded_potential_is_read_by_the_best_monotone_curve():
    """Beyond some drive the resets pull the mean down again while the rate still rises: two rates at one potential."""
    v, rate, drive = [-0.070, -0.060, -0.050, -0.055], [0.0, 4.0, 30.0, 60.0], [0.0, 1e-10, 2e-10, 3e-10]
    found = on_recorded_potential(PARTS, [levels(v, rate, drive)], 1e-10)
    # Isotonic regression pools the two that are out of order.
    np.testing.assert_allclose(found.sigmoid(np.array([-0.070, -0.060, -0.055, -0.050])), [0, 4, 45, 45], rtol=1e-12)
