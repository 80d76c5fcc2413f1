"""What is expected of each lever turns round below its neutral amount, and is judged on the measurement."""

import pytest

from mesobridge.spiking import POPULATIONS
from mesobridge.validation.claims import expected_of, judge
from mesobridge.validation.conditions import conditions
from mesobridge.validation.study import read_study
from mesobridge.validation.verdict import Measurement


def made(mechanism):
    study = read_study({"population": "e1", "mechanisms": [mechanism]})
    return conditions(POPULATIONS["e1"](), study.mechanisms)[1:]


def test_directions_turn_round_below_neutral():
    lower, higher = made("ampa_density")
    assert (expected_of(lower, "area"), expected_of(higher, "area")) == ("-", "+")
    lower, higher = made("threshold_shift")
    assert (expected_of(lower, "v50"), expected_of(higher, "v50")) == ("-", "+")
    assert expected_of(lower, "area") == expected_of(higher, "area") == "0"
    assert expected_of(higher, "gain") is None


@pytest.mark.parametrize(
    ("expected", "value", "verdict"),
    [
        ("+", 1.0, "holds"),
        ("-", 1.0, "fails"),
        ("0", 1.0, "fails"),
        ("0", 0.01, "holds"),
        ("~", 0.01, "holds"),
        ("~", 1.0, "fails"),
    ],
)
def test_sharp_measurements_decide(expected, value, verdict):
    assert judge(Measurement(value=value, standard_error=0.01, degrees_of_freedom=9), expected, 0.1, 0.95) == verdict


def test_a_vague_measurement_decides_nothing():
    vague = Measurement(value=0.5, standard_error=1.0, degrees_of_freedom=9)
    assert {judge(vague, expected, 0.1, 0.95) for expected in ("+", "-", "0", "~")} == {"undecided"}
