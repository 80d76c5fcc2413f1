"""The judge of literature cases: agreement within what the source allows, and the number of agreeing digits."""

import pytest

from mesobridge.validation.cases import CASES, CaseRow, published


def row(ours, published=10.0, tolerance=0.05):
    return CaseRow(quantity="rate", ours=ours, published=published, tolerance=tolerance, unit="Hz")


def test_a_number_within_the_tolerance_agrees_and_one_beyond_does_not():
    assert [row(ours).agrees for ours in (10.0, 10.049, 9.951, 10.051, 9.949, float("nan"))] == [True] * 3 + [False] * 3


@pytest.mark.parametrize(("ours", "digits"), [(10.0, 16.0), (10.1, 2.0), (10.001, 4.0), (-10.0, 0.0), (100.0, 0.0)])
def test_agreeing_digits(ours, digits):
    assert row(ours).agreeing_digits == pytest.approx(digits, abs=1e-6)


def test_every_case_has_a_source_and_every_published_number_a_case():
    assert set(CASES) == set(published())
    assert len(CASES) >= 5
    for case in CASES.values():
        assert case.title
        assert case.kind in {"exact", "spiking", "data"}
        assert case.source[-4:].isdigit()
