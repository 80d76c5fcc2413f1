"""Which element is meant, and sets of equal parameters."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from mesobridge.meanfield.arrays import element, parameter_sets, require_finite


def test_an_element_is_named_by_its_index():
    assert element((), 0) == ""
    assert element((3,), 2) == "[2]"
    assert element((2, 3), 4) == "[1, 1]"


def test_every_set_comes_once_with_all_its_places():
    first, second = np.array([[1.0, 2.0], [1.0, 2.0]]), np.array([[5.0, 5.0], [6.0, 5.0]])
    found = {values: places for values, places in parameter_sets(first, second)}
    assert set(found) == {(1.0, 5.0), (2.0, 5.0), (1.0, 6.0)}
    assert_array_equal(found[2.0, 5.0], [1, 3])
    assert_array_equal(np.sort(np.concatenate(list(found.values()))), np.arange(4))


def test_a_single_number_is_one_set():
    assert [(values, places.tolist()) for values, places in parameter_sets(np.array(3.0))] == [((3.0,), [0])]


def test_the_first_number_that_is_not_finite_is_named():
    require_finite("it", one=1.0, none=[], whole=[1, 2], points=[1j, 2.0])
    with pytest.raises(ValueError, match=r"^it: second\[1, 0\] = nan is not finite; give finite numbers\.$"):
        require_finite("it", first=0.0, second=[[1.0, 2.0], [np.nan, np.inf]])
    with pytest.raises(ValueError, match=r"it: number = inf is not finite"):
        require_finite("it", number=np.inf)
    with pytest.raises(ValueError, match="s = "):
        require_finite("it", s=complex(0.0, np.inf))
