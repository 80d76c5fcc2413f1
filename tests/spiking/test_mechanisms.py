"""Every mechanism: what it changes, what it conserves, what it refuses."""

import math
from dataclasses import fields, is_dataclass
from typing import get_args

import pytest

from mesobridge.spiking import MECHANISMS, POPULATIONS, settled
from mesobridge.spiking.mechanisms import Mode
from mesobridge.spiking.mechanisms.nmda_fraction import V_REFERENCE, charge, nmda_share

from .responsive import responsive

E1 = POPULATIONS["e1"]()


READINGS = [(identifier, mode) for identifier, mechanism in MECHANISMS.items() for mode in mechanism.modes]


@pytest.mark.parametrize(("identifier", "mode"), READINGS)
def test_neutral_amount_is_the_identical_object_in_every_reading(identifier, mode):
    mechanism = MECHANISMS[identifier]
    population = responsive(mechanism, mode)
    assert mechanism.apply(population, mechanism.neutral, mode) is population
    for amount in mechanism.reading(mode).amounts:
        assert mechanism.apply(population, amount, mode) != population
        assert mechanism.apply(population, amount, mode) == mechanism.apply(population, amount, mode)


def numbers(thing, place=""):
    """Every number of a description, by its place."""
    if is_dataclass(thing):
        return {k: v for f in fields(thing) for k, v in numbers(getattr(thing, f.name), f"{place}.{f.name}").items()}
    if isinstance(thing, tuple):
        return {k: v for i, part in enumerate(thing) for k, v in numbers(part, f"{place}.{i}").items()}
    return {place: float(thing)} if isinstance(thing, int | float) else {}


@pytest.mark.parametrize(("identifier", "mode"), READINGS)
def test_the_effect_vanishes_with_the_amount(identifier, mode):
    """Of what a default amount does to any number of the settled population, a share of it does about that share."""
    mechanism = MECHANISMS[identifier]
    population = responsive(mechanism, mode)
    before = numbers(settled(population))

    def changes(share, full):
        changed = mechanism.apply(population, mechanism.neutral + share * (full - mechanism.neutral), mode)
        after = numbers(settled(changed))
        assert after.keys() == before.keys()
        return {place: after[place] - value for place, value in before.items()}

    for full in mechanism.reading(mode).amounts:
        whole = changes(1.0, full)
        assert any(whole.values())
        for share in (1e-2, 1e-4):
            for place, change in changes(share, full).items():
                assert abs(change) <= 4 * share * abs(whole[place]) + 1e-13 * abs(before[place]), (place, share)


@pytest.mark.parametrize(("identifier", "mode"), READINGS)
def test_every_reading_says_what_it_does(identifier, mode):
    mechanism = MECHANISMS[identifier]
    reading = mechanism.reading(mode)
    assert len(reading.lever.split()) > 4
    low, high = reading.amounts
    assert low < high
    assert mechanism.neutral not in reading.amounts
    assert reading.sources
    assert set(mechanism.modes) >= {"review"}
    assert mode in get_args(Mode)


def test_an_unknown_reading_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match="threshold_spread has no mode 'bio'; it has: review"):
        MECHANISMS["threshold_spread"].apply(E1, 0.002, "bio")


@pytest.mark.parametrize("receptor", ["ampa", "gaba_a", "gaba_b"])
def test_density_scales_one_weight_and_nothing_else(receptor):
    denser = MECHANISMS[f"{receptor}_density"].apply(E1, 1.4)
    assert denser.synapse(receptor).weight == pytest.approx(1.4 * E1.synapse(receptor).weight, rel=1e-12)
    assert denser.with_synapse(receptor, weight=E1.synapse(receptor).weight) == E1


@pytest.mark.parametrize("change", [-0.2, 0.05, 0.3])
def test_nmda_fraction_moves_the_share_and_keeps_the_charge(change):
    moved = MECHANISMS["nmda_fraction"].apply(E1, change)
    total = {p: sum(charge(p.synapse(r), V_REFERENCE) for r in ("ampa", "nmda")) for p in (E1, moved)}
    assert total[moved] == pytest.approx(total[E1], rel=1e-12)
    assert nmda_share(moved) == pytest.approx(nmda_share(E1) + change, rel=1e-12)


def test_charge_away_from_the_reference_follows_the_block_of_jahr_and_stevens():
    """A charge conserved at -65 mV is larger above and smaller below it, by block and driving force alone."""
    half = MECHANISMS["nmda_fraction"].apply(E1, 0.5 - nmda_share(E1))

    def block(millivolt):
        return 1 / (1 + 1 / 3.57 * math.exp(-0.062 * millivolt))

    for v, at_two_digits in ((-50, 1.28), (-75, 0.90)):
        expected = v / -65 * 0.5 * (1 + block(v) / block(-65))
        total = {u: sum(charge(half.synapse(r), u / 1000) for r in ("ampa", "nmda")) for u in (v, -65)}
        assert total[v] / total[-65] == pytest.approx(expected, rel=1e-12)
        assert expected == pytest.approx(at_two_digits, abs=0.005)


def test_threshold_shift_moves_the_whole_spike_and_calcium_moves_rest():
    lower = MECHANISMS["threshold_shift"].apply(E1, "-4 mV").cell
    for name in ("threshold", "reset", "cutoff"):
        assert getattr(lower, name) == pytest.approx(getattr(E1.cell, name) - 0.004, abs=1e-15)
    up = MECHANISMS["calcium_depolarization"].apply(E1, "3 mV").cell

    def rest(cell):
        leak = cell.leak_conductance * cell.leak_reversal + cell.potassium_conductance * cell.potassium_reversal
        return leak / cell.resting_conductance

    assert rest(up) - rest(E1.cell) == pytest.approx(0.003, rel=1e-9)


def test_spreads_add_in_quadrature():
    wider = MECHANISMS["threshold_spread"].apply(E1, "3 mV").cell.threshold_spread
    assert wider**2 == pytest.approx(E1.cell.threshold_spread**2 + 0.003**2, rel=1e-12)


@pytest.mark.parametrize(
    ("identifier", "amount", "words"),
    [
        ("ampa_density", -1, "negative"),
        ("nmda_fraction", 0.9, "outside 0 to 1"),
        ("threshold_shift", "3 ms", "dimension of V"),
        ("threshold_spread", -0.001, "negative"),
    ],
)
def test_impossible_amounts_are_refused_with_the_reason(identifier, amount, words):
    with pytest.raises(ValueError, match=words):
        MECHANISMS[identifier].apply(E1, amount)


def test_a_mechanism_refuses_a_cell_without_its_target():
    with pytest.raises(ValueError, match="no gaba_b synapse"):
        MECHANISMS["gaba_b_density"].apply(POPULATIONS["escape_rate"](), 2)
    with pytest.raises(ValueError, match="no after-spike rectifier"):
        MECHANISMS["relative_refractoriness"].apply(POPULATIONS["textbook_lif"](), 2)
