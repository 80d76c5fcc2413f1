"""Ranges of amounts and combinations of levers, as a study file states them; every mistake is named with its place."""

import tomllib

import pytest

from mesobridge.validation.study import StudyError, read_study


def mistakes(table: dict) -> str:
    with pytest.raises(StudyError) as caught:
        read_study(table)
    return " | ".join(caught.value.mistakes)


def mechanism(**keys) -> dict:
    return {"mechanisms": [keys]}


def combination(*parts) -> dict:
    return {"combinations": [{"parts": list(parts)}]}


def test_a_range_of_a_factor_has_geometric_steps_and_leaves_out_the_untouched_cell():
    study = read_study(mechanism(id="ampa_density", dose={"from": 0.5, "to": 2}))
    assert study.mechanisms[0].amounts == (0.5, 0.595, 0.707, 0.841, 1.19, 1.41, 1.68, 2.0)


def test_a_range_of_a_shift_has_even_steps():
    study = read_study(mechanism(id="threshold_shift", dose={"from": "-4 mV", "to": "4 mV", "points": 5}))
    assert study.mechanisms[0].amounts == (-0.004, -0.002, 0.002, 0.004)


def test_a_study_with_a_range_or_a_combination_reads_back_equal():
    table = mechanism(id="threshold_shift", dose={"from": "4 mV", "to": "-4 mV", "points": 4})
    table |= combination({"id": "ampa_density", "amount": 1.4}, {"id": "nmda_fraction", "amounts": [-0.1, 0.2]})
    study = read_study(table)
    assert read_study(tomllib.loads(study.resolved_toml())) == study


def test_a_combination_alone_brings_no_other_lever():
    study = read_study(combination({"id": "ampa_density", "amount": 1.4}, {"id": "nmda_fraction", "amount": 0.2}))
    assert study.mechanisms == ()
    assert read_study(tomllib.loads(study.resolved_toml())) == study
    assert len(read_study({}).mechanisms) > 5


def test_a_part_without_amounts_takes_those_of_its_reading():
    study = read_study(combination("ampa_density", "threshold_shift"))
    assert [len(part.amounts) for part in study.combinations[0].parts] == [2, 2]


@pytest.mark.parametrize(
    ("dose", "words"),
    [
        ({"from": 0, "to": 2}, "(entry 1).dose: 0 to 2 cannot be stepped geometrically"),
        ({"from": 2, "to": 2}, "dose: from and to are both 2"),
        ({"from": "1 mV", "to": 2}, "dimension of 1"),
        ({"from": 0.5, "too": 2}, "dose.too: there is no key 'too'; did you mean 'to'?"),
        ({"from": 0.5}, "dose.to: is missing"),
        ({"from": 0.5, "to": 2, "points": 2}, "dose.points: 2 does not fit"),
        ({"from": True, "to": 2}, "dose.from: True does not fit"),
    ],
)
def test_a_range_that_is_none_is_named_with_its_place(dose, words):
    assert words in mistakes(mechanism(id="ampa_density", dose=dose))


def test_a_range_and_a_list_must_agree():
    both = mechanism(id="ampa_density", dose={"from": 0.5, "to": 2}, amounts=[3])
    assert "mechanisms (entry 1).amounts: differ from those of dose" in mistakes(both)


def test_an_amount_of_a_range_that_the_population_cannot_have_is_named():
    assert "outside 0 to 1" in mistakes(mechanism(id="nmda_fraction", dose={"from": -0.5, "to": 0.5}))


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (["ampa_density"], "combinations (entry 1).parts: 1 parts; a combination has two"),
        (["ampa_density", "ampa_density"], "ampa_density is combined with itself"),
        (["ampa_density", "nmda_fracton"], "parts (entry 2).id: there is no mechanism 'nmda_fracton'"),
        (["ampa_density", {"id": "nmda_fraction", "amount": 0}], "nmda_fraction at 0 is the untouched cell"),
        (
            [{"id": "ampa_density", "amount": 2}, {"id": "nmda_fraction", "amount": -0.2}],
            "combinations (entry 1): after ampa_density at 2, nmda_fraction: a change of -0.2",
        ),
    ],
)
def test_a_combination_that_is_none_is_named_with_its_place(parts, words):
    assert words in mistakes(combination(*parts))


def test_a_combination_that_is_there_twice_is_named_but_the_other_order_is_another_one():
    parts = [{"id": "ampa_density", "amount": 1.4}, {"id": "nmda_fraction", "amount": 0.2}]
    assert "ampa_density at 1.4 with nmda_fraction at 0.2 is there twice" in mistakes(
        {"combinations": [{"parts": parts}, {"parts": parts}]}
    )
    assert len(read_study({"combinations": [{"parts": parts}, {"parts": parts[::-1]}]}).combinations) == 2


def test_a_population_without_a_receptor_is_named():
    assert "escape_rate has no gaba_a synapse" in mistakes(
        {"population": "escape_rate", **combination("ampa_density", "gaba_a_density")}
    )
