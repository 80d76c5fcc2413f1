"""Arrays of cell parameters: the loop of single calls, shapes, equal cells checked once, and which element is wrong."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from mesobridge.meanfield import cell_points as module
from mesobridge.meanfield import eif_mean_potential, eif_rate, eif_response, eif_response_times, lif_rate
from mesobridge.meanfield.cell_points import cell_points
from mesobridge.units import UnitError

CELL: dict[str, Any] = {
    "tau_m": 20e-3, "tau_ref": 1e-3, "v_threshold": -50e-3, "v_reset": -70e-3, "slope_factor": 1.5e-3,
    "v_cutoff": -40e-3,
}  # fmt: skip
# One axis a parameter, so that every pair of values meets; among the slope factors is the leaky limit.
ARRAYS: dict[str, Any] = {
    "mu": np.array([-58e-3, -45e-3]),
    "sigma": 6e-3,
    "tau_m": np.array([10e-3, 20e-3, 20e-3])[:, None],
    "tau_ref": 1e-3,
    "v_threshold": -50e-3,
    "v_reset": np.array([-70e-3, -60e-3])[:, None, None],
    "slope_factor": np.array([0.0, 1.5e-3])[:, None, None, None],
    "v_cutoff": -40e-3,
}
SHAPE = (2, 2, 3, 2)


def each(call: Callable[..., Any], arrays: dict[str, Any]) -> np.ndarray:
    """Return the result of one call for every element of the broadcast arguments, with numbers only."""
    broadcast = np.broadcast_arrays(*arrays.values())
    found = [
        call(**dict(zip(arrays, (float(x) for x in one), strict=True)))
        for one in zip(*(a.ravel() for a in broadcast), strict=True)
    ]
    return np.array(found).reshape(broadcast[0].shape)


@pytest.mark.parametrize("call", [eif_rate, eif_mean_potential])
def test_arrays_of_cells_are_the_loop_of_single_calls(call):
    found = call(**ARRAYS, size=400)
    assert found.shape == SHAPE
    assert np.unique(found).size == 2 * 2 * 2 * 2
    assert_array_equal(found, each(lambda **one: call(**one, size=400), ARRAYS))


@pytest.mark.parametrize("modulation", ["mu", "sigma"])
def test_responses_of_arrays_of_cells_are_the_loop_of_single_calls(modulation):
    f = np.array([0.0, 7.0, 300.0]).reshape(3, 1, 1, 1, 1)
    found = eif_response(f, **ARRAYS, size=300, modulation=modulation)
    assert found.shape == (3, *SHAPE)
    single = each(
        lambda frequency, **one: eif_response(frequency, **one, size=300, modulation=modulation),
        {"frequency": f, **ARRAYS},
    )
    assert_array_equal(found, single)


def test_response_times_of_arrays_of_cells_are_the_loop_of_single_calls():
    found = eif_response_times(**ARRAYS, size=300)
    assert found.tau_mu.shape == found.sigma_outcome.shape == SHAPE
    for index, name in enumerate(found._fields):
        single = each(lambda **one: eif_response_times(**one, size=300)[index], ARRAYS)  # noqa: B023
        # One row of a matrix product and many rows are summed in different orders.
        assert_allclose(getattr(found, name), single, rtol=1e-10)


def test_the_leaky_limit_of_arrays_of_cells():
    leaky = {name: ARRAYS[name] for name in ("mu", "sigma", "tau_m", "tau_ref", "v_threshold", "v_reset")}
    found = eif_rate(**leaky, slope_factor=0.0, v_cutoff=-50e-3, size=20000)
    assert_allclose(found, lif_rate(**leaky), rtol=1e-5)


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_any_parameter_may_be_the_array(data):
    point = {"mu": -52e-3, "sigma": 6e-3, **CELL}
    name = data.draw(st.sampled_from(sorted(point)))
    factors = np.array(data.draw(st.lists(st.floats(0.95, 1.05), min_size=1, max_size=4)))
    arrays = {**point, name: point[name] * factors}
    assert_array_equal(eif_rate(**arrays, size=200), each(lambda **one: eif_rate(**one, size=200), arrays))


def test_equal_cells_are_described_once(monkeypatch):
    made = []
    original = module.ExponentialCell
    monkeypatch.setattr(module, "ExponentialCell", lambda **one: made.append(one) or original(**one))
    cell_points("it", np.linspace(-60e-3, -40e-3, 1000)[:, None], 6e-3, {**CELL, "tau_m": [10e-3, 20e-3, 10e-3]})
    assert [one["tau_m"] for one in made] == [10e-3, 20e-3]


def test_nothing_gives_nothing():
    assert eif_rate(np.empty(0), 6e-3, **CELL).shape == (0,)
    assert eif_rate(-55e-3, 6e-3, **{**CELL, "tau_m": np.empty((0, 2))}).shape == (0, 2)


def test_lists_of_texts_and_unit_objects():
    import brian2

    expected = eif_rate(-52e-3, 6e-3, **{**CELL, "tau_m": np.array([10e-3, 20e-3])})
    assert_array_equal(eif_rate("-52 mV", "6 mV", **{**CELL, "tau_m": ["10 ms", "20 ms"]}), expected)
    in_brian: Any = np.array([10.0, 20.0]) * brian2.ms
    assert_allclose(eif_rate(-52e-3, 6e-3, **{**CELL, "tau_m": in_brian}), expected, rtol=1e-12)
    with pytest.raises(UnitError, match="tau_m"):
        eif_rate(-52e-3, 6e-3, **{**CELL, "tau_m": ["10 mV", "20 mV"]})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tau_m": [0.02, 0.01, -0.01]}, r"eif_rate, cell \[2\]: ExponentialCell.tau_m: -0.01 s is out of range"),
        ({"tau_ref": [[0.0], [np.nan]]}, r"eif_rate, cell \[1, 0\]: ExponentialCell.tau_ref: nan is not a finite"),
        ({"v_reset": [-0.07, -0.03]}, r"eif_rate, cell \[1\]: ExponentialCell.v_cutoff: -0.04 V is not above the res"),
        ({"tau_m": -0.01}, r"^ExponentialCell.tau_m: -0.01 s is out of range"),
        ({"sigma": [[1e-3, 2e-3], [1e-3, 0.0]]}, r"eif_rate: sigma\[1, 1\] = 0 V must be above 0 V"),
        ({"mu": [0.0, np.inf]}, r"eif_rate: mu\[1\] is a number that is not finite"),
        ({"mu": np.nan}, r"eif_rate: mu is a number that is not finite"),
        ({"tau_m": [0.01, 0.02], "mu": [0.0, 0.0, 0.0]}, r"shapes do not broadcast: mu \(3,\), .*tau_m \(2,\)"),
    ],
)
def test_the_element_that_is_wrong_is_named(change, message):
    with pytest.raises(ValueError, match=message):
        eif_rate(**{"mu": -55e-3, "sigma": 6e-3, **CELL, **change})
