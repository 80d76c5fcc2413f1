"""Dose curves: planted shapes are found at the stated rates, and the place where a curve turns lies in its interval."""

import numpy as np
import pytest

from mesobridge.spiking import POPULATIONS
from mesobridge.validation.conditions import conditions
from mesobridge.validation.dose import Dose, curve_cell, doses, extreme, shape
from mesobridge.validation.study import read_study

from .replicates import planted

PLACES = np.linspace(-1.0, 1.0, 9)
DOSE = Dose(
    mechanism="ampa_density",
    mode="review",
    amounts=tuple(2.0**PLACES),
    conditions=tuple(f"c{k}" for k in range(9)),
    labels=tuple(f"c{k}" for k in range(9)),
)
CURVES = {
    "rises": 10 + 2 * PLACES,
    "falls": 10 - 2 * PLACES,
    "turns": 10 - 4 * (PLACES - 0.2) ** 2,
    "flat": np.full(9, 10.0),
}
MARGIN = 1.0
TRIALS = 200


def made(*mechanisms):
    requests = read_study({"population": "e1", "mechanisms": list(mechanisms)}).mechanisms
    return conditions(POPULATIONS["e1"](), requests)


def test_a_dose_has_its_amounts_in_order_with_the_untouched_population_among_them():
    found = doses(
        made(
            {"id": "threshold_shift", "amounts": ["2 mV", "-4 mV", "-2 mV"]},
            {"id": "ampa_density", "dose": {"from": 0.5, "to": 2, "points": 5}},
            {"id": "gaba_a_density"},
        )
    )
    assert [dose.mechanism for dose in found] == ["threshold_shift", "ampa_density"]
    assert found[0].amounts == (-0.004, -0.002, 0.0, 0.002)
    assert found[0].conditions[2] == "base"
    assert found[1].amounts == (0.5, 0.707, 1.0, 1.41, 2.0)
    assert [dose.axis for dose in found] == ["linear", "log2"]
    np.testing.assert_allclose(found[1].places, np.log2(found[1].amounts))


def test_a_factor_of_zero_is_no_place_on_a_logarithmic_axis():
    (dose,) = doses(made({"id": "ampa_density", "amounts": [0, 0.5, 2]}))
    assert dose.axis == "linear"
    assert dose.amounts == (0.0, 0.5, 1.0, 2.0)


def test_two_amounts_are_no_dose_curve():
    assert doses(made("ampa_density")) == ()


@pytest.mark.parametrize("truth", CURVES)
def test_a_planted_shape_is_found(truth):
    rng = np.random.default_rng(5)
    found = [shape(planted(CURVES[truth], 0.1, rng, common=1.0), "gain", MARGIN) for _ in range(TRIALS)]
    assert found.count(truth) > 0.95 * TRIALS


@pytest.mark.parametrize("truth", CURVES)
def test_noise_leaves_a_shape_undecided_but_seldom_makes_a_false_one(truth):
    rng = np.random.default_rng(6)
    found = [shape(planted(CURVES[truth], 1.5, rng), "gain", MARGIN) for _ in range(TRIALS)]
    allowed = {truth, "undecided"} | ({"rises", "falls"} if truth == "turns" else set())
    false = sum(one not in allowed for one in found)
    assert false <= TRIALS * 0.05 + 3 * np.sqrt(TRIALS * 0.05 * 0.95)
    assert found.count("undecided") > 0.3 * TRIALS, "this much noise must leave something open"


def test_a_small_dip_within_the_margin_does_not_undo_a_rise():
    curve = list(10 + 2 * PLACES - 0.7 * (PLACES > 0.9))
    assert shape(planted(curve, 0.01, np.random.default_rng(1)), "gain", MARGIN) == "rises"
    assert shape(planted(curve, 0.01, np.random.default_rng(1)), "gain", 0.01) == "turns"


def test_the_turn_lies_in_its_interval_at_the_stated_rate():
    rng = np.random.default_rng(7)
    hits, widths = 0, []
    for _ in range(TRIALS):
        found = extreme(planted(CURVES["turns"], 0.15, rng, common=1.0), "gain", PLACES)
        assert found is not None
        low, high = (-1.0 if found.low is None else found.low), (1.0 if found.high is None else found.high)
        hits += low <= 0.2 <= high
        widths.append(high - low)
    assert hits >= TRIALS * 0.95
    assert np.median(widths) < 1.6, "an interval that is the whole range says nothing"


def test_the_vertex_of_a_parabola_is_exact_and_an_end_is_open():
    curve = planted(CURVES["turns"], 0.0, np.random.default_rng(1))
    found = extreme(curve, "gain", PLACES)
    assert found is not None
    assert found.place == pytest.approx(0.2, abs=1e-12)
    rising = extreme(planted(CURVES["rises"], 0.01, np.random.default_rng(1)), "gain", PLACES)
    assert rising is not None
    assert (rising.place, rising.high) == (1.0, None)
    assert rising.low == pytest.approx(0.75)
    lowest = extreme(curve, "gain", PLACES, -1.0)
    assert lowest is not None
    assert (lowest.place, lowest.low) == (-1.0, None)


def test_the_cell_of_a_curve_has_slope_and_turn_in_the_unit_of_the_amount():
    curve = planted(CURVES["turns"], 0.02, np.random.default_rng(3))
    theory = [{"gain": float(value)} for value in CURVES["turns"]]
    cell = curve_cell("gain", DOSE, curve, theory, curve[4])
    assert (cell["shape"], cell["predicted_shape"]) == ("turns", "turns")
    low, high = cell["slope"]["interval"]
    assert low < 1.6 < high
    assert cell["predicted_slope"] == pytest.approx(np.polyfit(PLACES, CURVES["turns"], 1)[0])
    assert cell["predicted_largest_at"] == pytest.approx(2**0.2)
    assert cell["largest_at"]["amount"] == pytest.approx(2**0.2, rel=0.05)
    assert cell["largest_at"]["interval"][0] < 2**0.2 < cell["largest_at"]["interval"][1]


def test_a_point_that_is_missing_leaves_the_curve_undecided():
    curve = planted(CURVES["rises"], 0.02, np.random.default_rng(3))
    theory = [{"gain": float(value)} for value in CURVES["rises"]]
    nothing = planted([1.0], 0.1, np.random.default_rng(1), name="other")[0]
    cell = curve_cell("gain", DOSE, [nothing, *curve[1:]], [{}, *theory[1:]], curve[4])
    assert cell["points"][0] is None
    assert (cell["shape"], cell["predicted_shape"]) == ("undecided", "undecided")
    assert cell["slope"] is cell["largest_at"] is cell["predicted_largest_at"] is None
