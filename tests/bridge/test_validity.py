"""Checks e1 to e10 against their definitions, and that each can fail."""

import math
from dataclasses import replace

import pytest

from mesobridge.bridge.prediction import PredictionRefused, has_linear_theory, operating_point
from mesobridge.bridge.validity import check_validity
from mesobridge.spiking import POPULATIONS


def by_id(population, **options):
    return {check.id: check for check in check_validity(population, **options)}


LINEAR = sorted(name for name, make in POPULATIONS.items() if has_linear_theory(make()))


@pytest.mark.parametrize("name", LINEAR)
def test_ten_checks_with_words_and_numbers(name):
    checks = check_validity(POPULATIONS[name]())
    assert [check.id for check in checks] == [f"e{i}" for i in range(1, 11)]
    for check in checks:
        assert math.isfinite(check.value)
        assert check.sentence.endswith(".")
        assert check.advice.endswith(".")
        assert check.ok == (check.bounds[0] <= check.value <= check.bounds[1])


def test_memoryless_population_passes_everything():
    assert all(check.ok for check in check_validity(POPULATIONS["escape_rate"]()))


def test_large_jumps_fail_size_number_and_skew():
    base = POPULATIONS["escape_rate"]()
    weight = base.synapse("ampa").weight
    assert base.noise is not None
    rare = base.with_synapse("ampa", weight=400 * weight).with_afferent(
        "excitatory", rate=base.afferent("excitatory").rate / 400
    )
    checks = by_id(replace(rare, noise=replace(base.noise, amplitude=1e-12)))
    assert not checks["e1"].ok
    assert not checks["e2"].ok
    assert not checks["e8"].ok
    # Shot noise of rate r through a cascade: the skewness grows as 1/sqrt(r tau).
    assert checks["e8"].value > 1


def test_conductance_fluctuation_by_campbell():
    population = POPULATIONS["textbook_lif"]()
    point = operating_point(population)
    ampa, gaba = population.synapse("ampa"), population.synapse("gaba_a")
    fast = 800 * ampa.weight**2 * ampa.decay / 2 + 400 * gaba.weight**2 * gaba.decay / 2
    assert by_id(population)["e7"].value == pytest.approx(math.sqrt(fast) / point.conductance, rel=0.01)


def test_step_that_is_too_long_is_told():
    population = POPULATIONS["textbook_lif"]()
    assert by_id(population, dt=1e-4)["e6"].ok
    assert not by_id(population, dt=1e-3)["e6"].ok


def test_nmda_slope_is_a_ratio_of_conductances():
    population = POPULATIONS["textbook_lif"]()
    point = operating_point(population)
    value = by_id(population)["e10"].value
    others = point.slope_conductance - point.nmda_slope_conductance
    assert value == pytest.approx(-point.nmda_slope_conductance / others)
    strong = population.with_synapse("nmda", weight=population.synapse("nmda").weight * 5)
    assert by_id(strong)["e10"].value > 3 * value


def test_fast_stimuli_are_not_quasi_static():
    population = POPULATIONS["textbook_lif"]()
    assert by_id(population, frequency=1.0)["e5"].ok
    assert not by_id(population, frequency=20.0)["e5"].ok


def test_driven_cells_are_not_poisson():
    population = POPULATIONS["textbook_lif"]()
    assert by_id(population)["e9"].ok
    assert not by_id(population, current=500e-12)["e9"].ok


@pytest.mark.parametrize("name", sorted(set(POPULATIONS) - set(LINEAR)))
def test_cells_without_a_linear_theory_are_refused_with_a_sentence(name):
    with pytest.raises(PredictionRefused, match=f"^{name}: .* measure only"):
        check_validity(POPULATIONS[name]())
