"""Both states of the quadratic network: the cut of the quantiles explains its whole deviation from the mean field."""

import numpy as np
import pytest

from mesobridge.meanfield import MontbrioPazoRoxin
from mesobridge.validation.cases import CASES, published
from mesobridge.validation.cases.circuit_records import stored, stored_rows
from mesobridge.validation.cases.quadratic_network import SIZES, slope, states_of_quantiles


def test_the_published_states_are_those_of_the_exact_mean_field():
    case = published()["L9"]
    model = MontbrioPazoRoxin(tau=1.0, delta=case["delta"], coupling=case["coupling"], eta=case["eta"], current=0.0)
    assert sorted(point["rate"] for point in model.fixed_points()) == pytest.approx(case["rate"], abs=1e-8)


def test_quantiles_come_near_the_lorentzian_as_one_over_the_root_of_their_number():
    exact = np.array(published()["L9"]["rate"])[[0, 2]]
    sizes = np.array([1e4, 1e5, 1e6])
    deviation = np.array([np.subtract(exact, states_of_quantiles(int(size))) for size in sizes])
    assert np.all(deviation > 0)
    orders = np.polyfit(np.log(sizes), np.log(deviation), 1)[0]
    assert orders == pytest.approx([-0.5, -0.5], abs=0.01)


def test_the_slope_is_that_of_a_power_law():
    cells = np.array([500.0, 2000.0, 8000.0])
    found, error = slope(cells, 3 * cells**-0.5, 0.1 * cells**-0.5)
    assert found == pytest.approx(-0.5)
    # Three points with a relative error of 1/30 each.
    assert error == pytest.approx(1 / 30 / np.sqrt(2) / np.log(4))


def test_what_was_stored_agrees_and_a_network_without_the_cut_would_not():
    rows = stored_rows("L9")
    assert len(rows) == 10
    assert all(row.agrees for row in rows), [row for row in rows if not row.agrees]
    exact = published()["L9"]["rate"][0]
    rate, error = stored("L9")["rate"][0][0], stored("L9")["error"][0][0]
    assert abs(rate - exact) > 5 * error


@pytest.mark.cpp
@pytest.mark.slow
def test_the_network_is_measured_anew():
    assert min(SIZES) * 10 < max(SIZES)
    rows = CASES["L9"].run()
    assert all(row.agrees for row in rows), [row for row in rows if not row.agrees]
