"""The cost of the mean field beside the network's: in processor time, and a run from the store costs what it did."""

from dataclasses import replace

import pytest

from mesobridge.validation.pairing.condition import BASE
from mesobridge.validation.pairing.cost import ALLOWED, cost, network_seconds
from mesobridge.validation.pairing.walk import Driven, Findings

from .lnp import planted_findings, study


@pytest.fixture(scope="module")
def findings() -> Findings:
    found = planted_findings(study(duration="5 s", repeats=3))
    stored = found.stationary[BASE].assign_attrs(processor=3.0, seconds=7.0)
    driven = Driven(factor=1.1, recording=stored, predicted={"estimates": found.base.frozen.rates})
    transients = tuple(replace(each, seconds=2.0) for each in found.transients)
    return replace(found, stationary={BASE: stored}, driven=(driven,), transients=transients)


def test_all_runs_of_the_network_are_counted_as_they_were_stored(findings: Findings) -> None:
    assert network_seconds(findings) == 3.0 + 3.0 + 2.0


def test_the_mean_field_is_asked_for_all_that_the_network_was_run_for(findings: Findings) -> None:
    found = cost(findings)
    assert found.network == network_seconds(findings)
    asked = {name for name, seconds in found.mean_fields["estimates"].items() if seconds > 0}
    assert {"steady rates", "drives", "courses", "modes", "spectra"} <= asked
    assert found.ratios == {"estimates": pytest.approx(sum(found.mean_fields["estimates"].values()) / 8.0)}
    assert 0 < ALLOWED < 1


def test_a_mean_field_whose_rates_move_is_asked_for_as_much(findings: Findings) -> None:
    base = replace(findings.base, moving=findings.base.frozen)
    found = cost(replace(findings, conditions=(base,)))
    assert set(found.ratios) == {"estimates", "moving"}
    assert set(found.mean_fields["moving"]) == set(found.mean_fields["estimates"])
