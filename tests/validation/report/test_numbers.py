"""Numbers keep their value, their unit and only the digits they deserve."""

import numpy as np
import pytest

from mesobridge.validation.report.numbers import MINUS, compact, decimal, places, scale, shown, usual_unit


@pytest.mark.parametrize(
    ("unit", "shown_in", "factor"),
    [
        ("V", "mV", 1e3),
        ("V", "µV", 1e6),
        ("s", "ms", 1e3),
        ("V s", "mV ms", 1e6),
        ("Hz/V", "Hz/mV", 1e-3),
        ("Hz", "Hz", 1),
    ],
)
def test_a_unit_is_one_factor_away(unit: str, shown_in: str, factor: float) -> None:
    assert scale(unit, shown_in) == factor


def test_units_of_different_things_are_refused() -> None:
    with pytest.raises(ValueError, match="V cannot be shown in ms"):
        scale("V", "ms")


@pytest.mark.parametrize(("error", "digits"), [(0.013, 3), (0.13, 2), (1.3, 1), (13.0, 0), (1300.0, 0), (0.0, 0)])
def test_two_digits_of_the_error_are_kept(error: float, digits: int) -> None:
    assert places(error) == digits


def test_a_measurement_and_its_prediction_share_unit_and_digits() -> None:
    written = shown(-0.0524, (-0.0524 - 1.96e-4, -0.0524 + 1.96e-4), "V", predicted=-0.05231)
    assert (written.value, written.predicted, written.unit) == (f"{MINUS}52.40", f"{MINUS}52.31", "mV")
    assert written.interval == f"[{MINUS}52.60, {MINUS}52.20]"


def test_a_tiny_error_does_not_make_more_than_four_digits() -> None:
    written = shown(0.0112345, (0.0112344, 0.0112346), "s", predicted=0.01, signed=True)
    assert (written.value, written.predicted, written.interval) == ("+11.23", "+10.00", "[+11.23, +11.23]")


def test_an_exact_zero_is_a_plain_zero() -> None:
    written = shown(0.0, (0.0, 0.0), "V", predicted=0.0, signed=True)
    assert (written.value, written.predicted, written.interval) == ("0", "0", "[0, 0]")


def test_missing_numbers_are_dashes_and_have_no_interval() -> None:
    written = shown(None, None, "V", predicted=float("nan"))
    assert (written.value, written.predicted, written.interval) == ("—", "—", "")


def test_nothing_is_printed_as_minus_zero() -> None:
    assert decimal(-0.0004, 2, signed=True) == "0.00"


def test_compact_numbers_are_within_their_last_digit() -> None:
    values = np.random.default_rng(5).lognormal(0, 4, 400)
    values = values[(values > 1e-3) & (values < 1e5)]
    assert values.size > 200
    for value in values:
        assert abs(float(compact(float(value))) - value) <= 0.5e-2 * value


def test_very_large_and_very_small_numbers_are_written_with_powers() -> None:
    assert compact(1.2e6) == "1.2×10⁶"
    assert compact(-3.4e-7) == f"{MINUS}3.4×10⁻⁷"


def test_a_unit_without_a_usual_one_is_kept() -> None:
    assert usual_unit("Hz") == "Hz"
