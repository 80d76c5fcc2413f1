import numpy as np
import pint
import pytest

from mesobridge.units import UnitError, takes


@takes(mu="V", tau="s")
def both(mu, tau: float | None = 0.01, *, label=""):
    return mu, tau, label


def test_a_string_a_pint_quantity_and_a_number_mean_the_same():
    values = ["16 mV", pint.Quantity(16, "mV"), 0.016, 16e-3]
    assert {both(value)[0] for value in values} == {0.016}


def test_brian2_quantities_are_converted_by_position_and_by_name():
    units = pytest.importorskip("brian2").units
    mu, tau, _ = both([16, 17] * units.mV, tau=20 * units.ms)
    np.testing.assert_allclose(mu, [0.016, 0.017], rtol=1e-15)
    assert (type(mu), tau) == (np.ndarray, 0.02)


def test_a_list_may_hold_strings():
    np.testing.assert_array_equal(both(["16 mV", 0.017])[0], [0.016, 0.017])


def test_plain_arrays_pass_without_a_copy():
    array = np.array([0.016])
    assert both(array)[0] is array


@pytest.mark.parametrize("wrong", ["16 ms", "16", "green", pint.Quantity(16, "nA")])
def test_a_wrong_dimension_is_named(wrong):
    with pytest.raises(UnitError, match=r"^mu: "):
        both(wrong)


def test_none_and_arguments_without_a_unit_pass():
    assert both(None, None, label="20 mV") == (None, None, "20 mV")


def test_a_misspelt_argument_is_refused_where_it_is_written():
    with pytest.raises(TypeError, match="no argument 'sigma'"):
        takes(sigma="V")(lambda mu: mu)
