"""The working-memory network: how it is divided, how it is scaled, and which way dopamine moves it."""

import pytest

from mesobridge.spiking.circuits import CIRCUITS
from mesobridge.validation.cases import CASES
from mesobridge.validation.cases.circuit_records import stored, stored_rows
from mesobridge.validation.cases.working_memory import direction, scaled, with_selective_cells


def mean_weight(circuit, target, receptor):
    """Sum over sources of cells x weight: the input of a cell when all cells fire alike."""
    return sum(
        circuit.population(p.source).size * s.weight
        for p in circuit.incoming(target)
        for s in p.synapses
        if s.receptor == receptor
    )


def test_selective_cells_change_no_input_at_equal_rates():
    plain = CIRCUITS["brunel_wang_2001"]()
    divided = with_selective_cells(plain)
    assert divided.sizes == {"S": 80, "E": 720, "I": 200}
    for receptor in ("ampa", "nmda", "gaba_a"):
        for target, origin in (("S", "E"), ("E", "E"), ("I", "I")):
            known = mean_weight(plain, origin, receptor)
            assert known > 0
            assert mean_weight(divided, target, receptor) == pytest.approx(known, rel=1e-12)


def test_only_the_recurrent_conductances_that_are_named_are_scaled():
    plain = CIRCUITS["brunel_wang_2001"]()
    stronger = scaled(plain, 1.1, 1.3)
    for receptor, factor in (("ampa", 1.0), ("nmda", 1.1), ("gaba_a", 1.3)):
        assert mean_weight(stronger, "E", receptor) == pytest.approx(factor * mean_weight(plain, "E", receptor))
    assert stronger.populations == plain.populations


def test_a_direction_needs_three_standard_errors():
    before = {"rate": [3.0], "error": [0.3]}
    assert direction({"rate": [4.0], "error": [0.3]}, before, 0) == 0
    assert direction({"rate": [5.0], "error": [0.3]}, before, 0) == 1
    assert direction({"rate": [1.0], "error": [0.3]}, before, 0) == -1


def test_what_was_stored_agrees_and_each_conductance_alone_does_something_else():
    rows = stored_rows("L11")
    assert len(rows) == 4
    assert all(row.agrees for row in rows), [row for row in rows if not row.agrees]
    found = stored("L11")
    assert direction(found["nmda"], found["control"], 0) == 1
    assert found["gaba_a"]["rate"][0] < found["both"]["rate"][0]


@pytest.mark.cpp
@pytest.mark.slow
def test_the_network_is_measured_anew():
    rows = CASES["L11"].run()
    assert all(row.agrees for row in rows), [row for row in rows if not row.agrees]
