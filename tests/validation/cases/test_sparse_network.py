"""The sparse network of brunel2000: its self-consistent theory, and its four states."""

import pytest

from mesobridge.spiking.circuits.library import brunel_points
from mesobridge.validation.cases import CASES, published
from mesobridge.validation.cases.circuit_records import stored, stored_rows
from mesobridge.validation.cases.sparse_network import self_consistent


def test_the_theory_gives_the_rates_that_the_paper_gives():
    points, case = brunel_points(), published()["L10"]
    assert len(case["theory_hz"]) == 3
    for name, known in case["theory_hz"].items():
        rate, irregularity = self_consistent(points[name]["g"], points[name]["external"])
        assert rate == pytest.approx(known, abs=case["theory_digits_hz"])
        assert 0.6 < irregularity < 0.8


def test_a_clock_lowers_the_rate():
    assert self_consistent(5.0, 2.0, dt=1e-4)[0] == pytest.approx(37.248, abs=1e-3)


def test_what_was_stored_has_the_four_states_and_their_rates():
    rows = stored_rows("L10")
    assert len(rows) == 12
    assert rows[0].ours == 4
    assert all(row.agrees for row in rows), [row for row in rows if not row.agrees]


def test_spikes_of_the_network_are_more_regular_than_theory_with_poisson_spikes_has_them():
    point = stored("L10")["AI"]
    assert point["irregularity"] < 0.7 * point["poisson_irregularity"][0]


def test_the_rates_of_other_points_are_rejected():
    found, case = stored("L10"), published()["L10"]["rate_hz"]
    for name, other in (("AI", "SI_fast"), ("SI_fast", "AI"), ("SI_slow", "AI")):
        clock = abs(found[name]["rate"][0] - found[name]["fine"][0])
        assert abs(found[name]["rate"][0] - case[other][0]) > 5 * (clock + found[name]["error"][0])


@pytest.mark.cpp
@pytest.mark.slow
def test_the_states_are_measured_anew():
    rows = CASES["L10"].run()
    assert all(row.agrees for row in rows), [row for row in rows if not row.agrees]
