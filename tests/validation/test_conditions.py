"""Conditions are the untouched population and what the mechanisms make of it, under names a reader understands."""

import pytest

from mesobridge.spiking import MECHANISMS, POPULATIONS
from mesobridge.validation.conditions import BASE, amount_label, conditions
from mesobridge.validation.study import read_study


def made(population, *mechanisms):
    requests = read_study({"population": "e1", "mechanisms": list(mechanisms)}).mechanisms
    return conditions(population, requests)


def test_the_untouched_population_comes_first_and_every_amount_follows_in_order():
    e1 = POPULATIONS["e1"]()
    found = made(e1, {"id": "threshold_shift", "amounts": ["4 mV", "-2 mV"]}, {"id": "ampa_density", "amounts": [1.4]})
    assert [c.is_base for c in found] == [True, False, False, False]
    assert found[0].name == BASE
    assert found[0].population is e1
    assert [(c.mechanism, c.amount) for c in found[1:]] == [
        ("threshold_shift", 0.004), ("threshold_shift", -0.002), ("ampa_density", 1.4)
    ]  # fmt: skip
    for condition in found[1:]:
        assert condition.population == MECHANISMS[condition.mechanism].apply(e1, condition.amount)
        assert condition.population != e1
    assert len({c.name for c in found}) == 4


def test_a_neutral_amount_is_the_untouched_population_itself():
    e1 = POPULATIONS["e1"]()
    found = made(e1, {"id": "threshold_shift", "amounts": ["0 mV"]}, {"id": "ampa_density", "amounts": [1.0]})
    assert [c.population is e1 for c in found] == [True, True, True]


@pytest.mark.parametrize(
    ("amount", "unit", "neutral", "label"),
    [(1.4, "1", 1.0, "×1.4"), (0.004, "V", 0.0, "+4 mV"), (-0.0025, "V", 0.0, "-2.5 mV"), (0.2, "1", 0.0, "+0.2")],
)
def test_an_amount_is_written_as_a_factor_or_a_signed_change(amount, unit, neutral, label):
    assert amount_label(amount, unit, neutral) == label


def test_a_mechanism_without_anything_to_act_on_is_refused():
    with pytest.raises(ValueError, match="never refractory"):
        made(POPULATIONS["escape_rate"](), {"id": "relative_refractoriness", "amounts": [0.5]})
