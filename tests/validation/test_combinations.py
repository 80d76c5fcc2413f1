"""Combinations are the population under two levers at once; whether their order matters is said."""

import pytest

from mesobridge.spiking import MECHANISMS, POPULATIONS
from mesobridge.validation.combinations import combinations
from mesobridge.validation.study import read_study


def combined(*parts, population="e1"):
    study = read_study({"population": population, "combinations": [{"parts": list(parts)}]})
    return combinations(study.population, study.combinations)


def test_every_amount_of_one_lever_meets_every_amount_of_the_other():
    found = combined(
        {"id": "ampa_density", "amounts": [0.7, 1.4]}, {"id": "threshold_shift", "amounts": ["-2 mV", "2 mV"]}
    )
    assert [(c.first.amount, c.second.amount) for c in found] == [
        (0.7, -0.002), (0.7, 0.002), (1.4, -0.002), (1.4, 0.002)
    ]  # fmt: skip
    e1 = POPULATIONS["e1"]()
    for one in found:
        first = MECHANISMS["ampa_density"].apply(e1, one.first.amount)
        assert one.first.population == first
        assert one.population == MECHANISMS["threshold_shift"].apply(first, one.second.amount)
    assert len({c.name for c in found}) == 4


def test_levers_on_different_parameters_commute():
    (one,) = combined({"id": "ampa_density", "amount": 1.4}, {"id": "threshold_shift", "amount": "2 mV"})
    assert one.order == ""


def test_two_scalings_that_differ_by_rounding_commute():
    (one,) = combined(
        {"id": "ampa_density", "amount": 1.1}, {"id": "ampa_density", "mode": "bio:presynaptic", "amount": 1.3}
    )
    assert one.order == ""


def test_levers_on_the_same_receptors_do_not_and_the_sentence_says_by_how_much():
    (one,) = combined({"id": "ampa_density", "amount": 2.0}, {"id": "nmda_fraction", "amount": 0.4})
    (other,) = combined({"id": "nmda_fraction", "amount": 0.4}, {"id": "ampa_density", "amount": 2.0})
    assert one.order.startswith("ampa_density was applied before nmda_fraction, and the order matters")
    assert "excitatory.nmda.weight" in one.order
    ratio = other.population.synapse("nmda").weight / one.population.synapse("nmda").weight
    assert f"{ratio:.3g} times" in one.order


def test_an_order_that_is_refused_is_said():
    (one,) = combined({"id": "nmda_fraction", "amount": -0.2}, {"id": "ampa_density", "amount": 2.0})
    assert "the other order is refused" in one.order
    with pytest.raises(ValueError, match="after ampa_density at 2, nmda_fraction"):
        combined({"id": "ampa_density", "amount": 2.0}, {"id": "nmda_fraction", "amount": -0.2})
