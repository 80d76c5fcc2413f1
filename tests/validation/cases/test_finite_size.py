"""Conductance input and finite populations against published numbers; wrong theories are rejected."""

import pytest

from mesobridge.meanfield import TransferTemplate, renewal_statistics
from mesobridge.validation.cases import CASES, published
from mesobridge.validation.cases.finite_size import schwalger_network


def test_the_transfer_functions_are_met() -> None:
    rows = CASES["L16"].run()
    assert len(rows) == 5
    assert all(row.agrees for row in rows), [(row.quantity, row.ours, row.published) for row in rows]


def test_the_rounded_printed_coefficients_are_rejected() -> None:
    case = published()["L16"]
    for name, rate in zip(case["templates"], case["rate_hz"], strict=True):
        rounded = TransferTemplate.published(f"{name}-printed")(case["rates_hz"])
        assert abs(float(rounded) - rate) > 1e3 * case["tolerance_hz"]


@pytest.mark.slow
def test_the_spectrum_is_met() -> None:
    rows = CASES["L17"].run()
    assert len(rows) == 4
    assert all(row.agrees for row in rows), [(row.quantity, row.ours, row.published) for row in rows]


def test_independent_populations_are_rejected() -> None:
    case = published()["L17"]
    population = schwalger_network().populations[0]
    bands = [[low + k for k in range(high - low + 1)] for low, high in case["bands_hz"][:3]]
    for band, known, error in zip(bands, case["power_hz"], case["relative_error"], strict=False):
        # At the mean potential that the network holds, each cell alone would fire at the same rate, but without rhythm.
        alone = renewal_statistics(population, drive=20.3e-3, frequency=band)
        assert abs(alone.rate - 17.0) < 1
        assert abs(alone.spectrum.mean() - known) > 5 * error * known
