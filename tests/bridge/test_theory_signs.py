"""The table of expected signs: complete, well formed, and borne out by a predicted population that saturates."""

import pytest

from mesobridge.bridge.prediction import default_levels, predict_features
from mesobridge.bridge.theory_signs import theory_signs
from mesobridge.spiking import POPULATIONS
from mesobridge.spiking.mechanisms import MECHANISMS

# What counts as unchanged: relative for sizes, absolute in units of 10 mV for potentials; numerical error of a
# predicted slope included.
UNCHANGED, SECOND_ORDER = 5e-3, 0.15


def test_every_mechanism_has_its_expectations():
    table = theory_signs()
    assert set(table) >= set(MECHANISMS)
    for expected in table.values():
        assert expected.reason
        assert expected.sources
        assert expected.signs


def test_silence_is_no_prediction():
    assert theory_signs()["threshold_shift"].sign("cutoff_frequency") == "any"


@pytest.fixture(scope="module")
def untouched():
    population = POPULATIONS["saturating_lif"]()
    return (
        population,
        default_levels(population),
        predict_features(population, levels=default_levels(population), v_cap=-0.030, size=0.0),
    )


@pytest.mark.parametrize(
    "name", ["ampa_density", "gaba_a_density", "nmda_fraction", "calcium_depolarization", "absolute_refractoriness"]
)
def test_prediction_bears_out_the_signs(name, untouched):
    population, levels, before = untouched
    mechanism = MECHANISMS[name]
    amount = mechanism.neutral + 0.5 * (mechanism.amounts[1] - mechanism.neutral)
    after = predict_features(mechanism.apply(population, amount), levels=levels, v_cap=-0.030, size=0.0)
    compared = 0
    for feature, value in before.items():
        sign, change = theory_signs()[name].sign(feature), after[feature] - value
        potential = feature.startswith("v") or feature in ("operating_v", "skew")
        relative = change / (0.010 if potential and feature != "skew" else 0.2 if feature == "skew" else abs(value))
        if sign in (-1, 1):
            assert change * sign > 0, f"{feature}: {change}"
        elif sign in (0, "second"):
            assert abs(relative) < (UNCHANGED if sign == 0 else SECOND_ORDER), f"{feature}: {relative}"
        compared += sign != "any"
    assert compared >= 4
