"""The held-out test on a population that is nothing but kernel and sigmoid: the right model is at the floor."""

from dataclasses import replace

import numpy as np
import pytest

from mesobridge.meanfield import CascadeKernel, ExGaussianSigmoid
from mesobridge.validation.dynamics import binned, follow, held_out
from mesobridge.validation.mass_models import Parts, scrambled

from ..bridge.planted import draw_noise_response

BACKGROUND = 500.0  # Hz
TIME = np.arange(0, 0.3, 5e-4)
KERNEL = CascadeKernel(2e-5, (0.005, 0.020))
SIGMOID = ExGaussianSigmoid(100.0, -0.055, 0.003, 0.004)
RIGHT = Parts(sigmoid=SIGMOID, time=TIME, response=np.asarray(KERNEL(TIME)), operating_v=-0.056)


@pytest.fixture(scope="module")
def heard():
    return draw_noise_response(
        KERNEL, SIGMOID, v_mean=-0.056, background=BACKGROUND, amplitude=0.4, input_time=0.02, duration=5.0, seed=2
    )


@pytest.fixture(scope="module")
def scored(heard):
    models = {
        "mass": RIGHT, "scrambled_kernel": scrambled(RIGHT),
        "steeper": replace(RIGHT, sigmoid=ExGaussianSigmoid(100.0, -0.055, 0.0015, 0.004)),
    }  # fmt: skip
    left_out = [replace(RIGHT, operating_v=RIGHT.operating_v + shift) for shift in np.linspace(-1e-5, 1e-5, 10)]
    return held_out(models, left_out, heard, channel="excitatory", background=BACKGROUND, condition="base")


def test_the_right_model_is_at_the_noise_floor(scored):
    row = scored[1][0]
    bins = scored[0].sizes["time"]
    assert bins == 1250
    assert row["model"] == "mass"
    # Ten groups: the error of a standard error, and that of its mean over the bins.
    assert row["error_to_floor"] == pytest.approx(1, abs=4 * np.sqrt(1 / (2 * 9) / bins) + 4 / np.sqrt(2 * bins))
    assert row["normalized_error"] < 1.1
    assert abs(row["unexplained"]) < 0.01


@pytest.mark.parametrize("model", ["scrambled_kernel", "steeper"])
def test_a_wrong_kernel_and_a_wrong_sigmoid_are_worse(scored, model):
    rows = {row["model"]: row for row in scored[1]}
    assert rows[model]["error_to_floor"] > 1.3 * rows["mass"]["error_to_floor"]
    assert rows[model]["unexplained"] > 0.02


def test_the_error_of_the_model_follows_from_its_replicates(scored, heard):
    """Ten replicates whose operating points are spread by s move the rate by Q' s; the jackknife multiplies by 9."""
    shifts = np.linspace(-1e-5, 1e-5, 10)
    expected = np.sqrt(9 / 10 * np.sum(shifts**2))
    v, _ = RIGHT.mass("excitatory", BACKGROUND).respond({"excitatory": heard["input"].values[0]}, 1e-3)
    slope = np.asarray(SIGMOID.gain(v)).reshape(-1, 4).mean(-1)
    np.testing.assert_allclose(scored[0]["mass_rate_se"].values[0], slope * expected, rtol=1e-3)


def test_bins_average_and_drop_the_rest(heard):
    seen = binned(heard.isel(time=slice(0, 4998)), 0.004)
    assert seen.sizes["time"] == 1249
    np.testing.assert_allclose(seen["rate"][0, 0, 0], heard["rate"][0, 0, :4].mean(), rtol=1e-12)
    assert binned(heard, 1e-9).sizes["time"] == 5000


def test_the_model_hears_what_the_population_heard(heard):
    rate, v = follow(RIGHT, heard, "excitatory", BACKGROUND, 0.004)
    assert rate.shape == v.shape == (1, 1250)
    # The planted potential is a sum over samples, that of the model exact within each step of 1 ms.
    seen = binned(heard, 0.004)["v_free"].mean("group").values
    assert np.max(np.abs(v - seen)) < 0.02 * np.ptp(seen)


def test_traces_and_rows_carry_names_and_units(scored):
    traces, rows = scored
    assert [row["model"] for row in rows] == list(traces["model"].values) == ["mass", "scrambled_kernel", "steeper"]
    assert {(row["condition"], row["stimulus"], row["unit"]) for row in rows} == {("base", "noise", "Hz")}
    for name, variable in traces.variables.items():
        if variable.dtype.kind == "f":
            assert {"units", "long_name"} <= set(variable.attrs), name
