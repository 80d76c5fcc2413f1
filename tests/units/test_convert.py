from decimal import Decimal

import brian2
import numpy as np
import pint
import pytest

from mesobridge.units import UnitError, to_si
from mesobridge.units.plain_text import _UNITS, plain_si


@pytest.mark.parametrize(
    ("given", "unit", "expected"),
    [
        ("20 mV", "V", 0.02), ("-52 mV", "V", -0.052), ("0.1 ms", "s", 1e-4), ("0.01 nS", "S", 1e-11),
        ("1 mM", "mM", 1.0), ("2 kHz", "Hz", 2000.0), ("1.4", "1", 1.4), (0.3, "1", 0.3), (20 * brian2.mV, "V", 0.02),
        (200 * brian2.pF, "F", 2e-10), (pint.UnitRegistry().Quantity("3 nA"), "A", 3e-9),
    ],
)  # fmt: skip
def test_every_form_becomes_the_si_float_nearest_to_what_was_written(given, unit, expected):
    assert to_si(given, unit) == pytest.approx(expected, rel=1e-15, abs=0)


@pytest.mark.parametrize("text", ["0.1 ms", "0.2 mV", "0.01 nS", "0.3 nA", "-7.7 nS", "0.7 s"])
def test_text_is_rounded_once(text):
    number, unit = text.split()
    exponent = {"m": "e-3", "n": "e-9"}.get(unit[0] if len(unit) > 1 else "", "")
    assert to_si(text, unit[-1]) == float(number + exponent)


def test_every_unit_that_is_read_without_pint_is_what_pint_reads():
    exact = pint.UnitRegistry(non_int_type=Decimal)  # type: ignore[arg-type]  # pint takes any number
    assert len(_UNITS) > 50
    for written, (unit, _) in _UNITS.items():
        for number in ("7", "-0.3", "1.7e-3", ".25"):
            expected = float(exact.Quantity(f"{number} {written}").to_base_units().magnitude)
            assert plain_si(f"{number} {written}", unit) == plain_si(f" {number}{written} ", unit) == expected


@pytest.mark.parametrize(
    ("text", "unit"), [("5 mV", "s"), ("5 mV", "mV"), ("5", "V"), ("5 mV/s", "V"), ("five V", "V"), ("1 eV", "V")]
)
def test_what_is_not_a_number_with_the_wanted_unit_is_left_to_pint(text, unit):
    assert plain_si(text, unit) is None


@pytest.mark.parametrize(
    ("given", "unit"),
    [("20 ms", "V"), ("20", "V"), ("20 mV", "1"), (20 * brian2.ms, "V"), (True, "V"), ("20 apples", "V"), ("", "V")],
)
def test_the_wrong_dimension_is_refused_with_the_name_and_the_unit_wanted(given, unit):
    with pytest.raises(UnitError, match="threshold: .*" + unit):
        to_si(given, unit, "threshold")


def test_arrays_keep_their_shape():
    assert np.array_equal(to_si(np.array([[1.0, 2.0]]), "V"), [[1.0, 2.0]])
    assert np.array_equal(to_si([1, 2] * brian2.mV, "V"), [0.001, 0.002])


@pytest.mark.parametrize(("unit", "si"), [("mV", "V"), ("ms", "s"), ("nS", "S"), ("kHz", "Hz")])
def test_an_array_with_a_unit_is_its_numbers_with_that_unit(unit, si):
    registry = pint.UnitRegistry()
    numbers = np.random.default_rng(0).normal(size=(20, 5))
    found = to_si(registry.Quantity(numbers, unit), si)
    single = [to_si(registry.Quantity(number, unit), si) for number in numbers.ravel()]
    assert found.shape == (20, 5)
    assert np.array_equal(found.ravel(), single)


def test_an_array_of_the_wrong_dimension_is_refused():
    with pytest.raises(UnitError, match=r"x: \[1 2\] millisecond does not have the dimension of V"):
        to_si(pint.UnitRegistry().Quantity([1, 2], "ms"), "V", "x")
