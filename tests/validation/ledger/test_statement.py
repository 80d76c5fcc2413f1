"""The data file of statements: whole, judged by experiments that exist, and refused when it is not sound."""

import pytest

from mesobridge.validation.ledger import read_statements
from mesobridge.validation.ledger.experiments import EXPERIMENTS
from mesobridge.validation.ledger.statement import parse_statements

ENTRY = {
    "text": "A grows.", "place": "Fig. 1", "kind": "rises", "margin": 0.1, "unit": "1", "experiment": "e",
    "observable": "a", "domains": ["x"], "papers": ["shine2021"],
}  # fmt: skip


def test_every_statement_is_measured_by_an_experiment_in_its_unit():
    statements = read_statements()
    assert len(statements) > 70
    for statement in statements:
        observables = EXPERIMENTS[statement.experiment].observables
        assert observables.get(statement.observable) == statement.unit, statement.id


def test_every_experiment_is_asked_for_and_every_observable_too():
    asked = {(s.experiment, s.observable) for s in read_statements()}
    offered = {(e.name, observable) for e in EXPERIMENTS.values() for observable in e.observables}
    assert offered - asked == set()


def test_statements_are_told_apart_and_cite_the_review_or_stand_beside_it():
    statements = read_statements()
    assert len({s.text for s in statements}) == len(statements)
    for statement in statements:
        assert ("shine2021" in statement.papers) != statement.place.startswith("Beside the review; "), statement.id


def test_the_five_mechanisms_and_the_ledgers_rows_are_there():
    levers = {s.observable.split(":")[0] for s in read_statements() if s.experiment == "levers"}
    five = {"ampa_density", "nmda_fraction", "calcium_depolarization", "relative_refractoriness", "threshold_shift"}
    assert five <= levers
    rows = {
        "camp-closes-hcn", "depolarization-at-once", "t-type-step", "ahp-slope", "rebound-fast-inhibition",
        "muscarinic-infragranular", "serotonin-sensory", "dopamine-prefrontal", "adrenergic-supragranular",
        "nicotinic-granular", "adrenergic-hierarchy", "gamma-closure", "ampa-shape", "hcn-critical-frequency",
    }  # fmt: skip
    assert rows <= {s.id for s in read_statements()}


def test_potentials_are_read_in_si():
    margins = {s.id: s.margin for s in read_statements()}
    assert margins["threshold-midpoint"] == pytest.approx(5e-4)
    assert next(s.value for s in read_statements() if s.id == "threshold-midpoint") == pytest.approx(-4e-3)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kind": "grows"}, "kind 'grows'"),
        ({"margin": 0.0}, "margin 0 must be above 0"),
        ({"domains": []}, "none or repeat"),
        ({"domains": ["x", "x"]}, "none or repeat"),
        ({"kind": "monotone"}, "rises .1. or falls"),
        ({"figure": 2}, "unknown key 'figure'"),
        ({"margin": "3 mV"}, "dimension"),
    ],
)
def test_an_unsound_entry_is_refused_with_its_reason(change, words):
    with pytest.raises(ValueError, match=words):
        parse_statements({"a": ENTRY | change})


def test_a_missing_key_is_named():
    with pytest.raises(ValueError, match="'place' is missing"):
        parse_statements({"a": {key: value for key, value in ENTRY.items() if key != "place"}})
