"""Systems of units: numbers change by powers of ten, and back."""

import pytest

from mesobridge.bridge.export.unit_system import MILLI, SI, powers_of
from mesobridge.units import UnitError, to_si


@pytest.mark.parametrize(
    ("unit", "name", "factor"),
    [
        ("V", "mV", 1e3),
        ("s", "ms", 1e3),
        ("Hz", "1/ms", 1e-3),
        ("1/V", "1/mV", 1e-3),
        ("V*s", "mV*ms", 1e6),
        ("Hz/A", "1/(ms*nA)", 1e-12),
        ("A*s", "ms*nA", 1e12),
        ("F", "ms*nA/mV", 1e9),
        ("S", "nA/mV", 1e6),
        ("1", "1", 1.0),
        ("V/s", "mV/ms", 1.0),
    ],
)
def test_units_of_simulators(unit, name, factor):
    assert MILLI.unit(unit) == name
    assert float(MILLI.factor(unit)) == factor
    assert MILLI.value(2.0, unit) == 2.0 * factor
    assert SI.value(0.3, unit) == 0.3


def test_digits_survive():
    assert MILLI.value(3.25e-3, "V") == 3.25
    assert MILLI.value(2.5, "Hz") == 0.0025


def test_the_names_mean_what_pint_takes_them_for():
    for unit, name in (("V*s", "mV*ms"), ("Hz/A", "1/(ms*nA)"), ("1/V", "1/mV")):
        assert to_si(f"{MILLI.value(2.0, unit)!r} {name}", unit) == pytest.approx(2.0, rel=1e-14)


def test_other_units_are_refused():
    with pytest.raises(UnitError, match="'kg'"):
        powers_of("kg*m")
