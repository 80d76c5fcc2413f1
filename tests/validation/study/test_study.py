import tomllib

import pytest

from mesobridge.spiking import MECHANISMS, POPULATIONS, STIMULI, GabaBCascade, PointCell, PresynapticInhibition
from mesobridge.validation.study import Study, StudyError, builtin_study, read_study

NINE = [
    MECHANISMS[name]
    for name in (
        "ampa_density", "gaba_a_density", "gaba_b_density", "nmda_fraction", "calcium_depolarization",
        "relative_refractoriness", "absolute_refractoriness", "threshold_shift", "threshold_spread",
    )
]  # fmt: skip


def mistakes(table: dict) -> tuple[str, ...]:
    with pytest.raises(StudyError) as caught:
        read_study(table)
    assert caught.value.mistakes, "a refused study must say why"
    return caught.value.mistakes


def round_trip(study: Study) -> Study:
    return read_study(tomllib.loads(study.resolved_toml()))


def test_the_built_in_study_asks_for_every_lever_at_its_two_amounts():
    study = builtin_study()
    assert study.population == POPULATIONS["e1"]()
    assert {request.id: request.amounts for request in study.mechanisms} == {
        mechanism.id: mechanism.amounts for mechanism in NINE
    }
    assert {request.mode for request in study.mechanisms} == {"review"}


def test_a_reading_brings_its_own_amounts_and_survives_the_round_trip():
    study = read_study({"mechanisms": [{"id": "calcium_depolarization", "mode": "bio:cation"}, "ahp_conductance"]})
    assert study.mechanisms[0].amounts == MECHANISMS["calcium_depolarization"].reading("bio:cation").amounts
    assert study.mechanisms[1].mode == "review"
    assert round_trip(study) == study


def test_what_modulates_a_population_from_within_is_read_from_tables():
    table = {
        "name": "e1",
        "cell": {"moving_threshold": {"jump": "2 mV", "decay": "27 ms"}, "gq": {"occupancy": 0.3}},
        "afferents": {"excitatory": {"presynaptic": {"strength": 0.5}}},
        "synapses": {"gaba_b": {"cascade": {"terminals": 50}}},
    }
    study = read_study({"population": table})
    cell = study.population.cell
    assert isinstance(cell, PointCell)
    assert cell.moving_threshold is not None
    assert cell.gq is not None
    assert (cell.moving_threshold.decay, cell.gq.occupancy) == (0.027, 0.3)
    assert study.population.afferent("excitatory").presynaptic == PresynapticInhibition(strength=0.5)
    assert study.population.synapse("gaba_b").cascade == GabaBCascade(terminals=50)
    assert round_trip(study) == study


@pytest.mark.parametrize("population", POPULATIONS)
def test_a_study_written_out_reads_back_equal(population):
    kernel = {"afferent": "excitatory"}
    study = read_study({"population": population, "seed": 7, "kernel": kernel})
    assert study.mechanisms, f"{population} supports no mechanism at all"
    assert round_trip(study) == study


def test_the_memoryless_population_gets_only_the_levers_that_can_act_on_it():
    ids = {request.id for request in read_study({"population": "escape_rate"}).mechanisms}
    assert "threshold_shift" in ids
    assert not ids & {"absolute_refractoriness", "relative_refractoriness", "gaba_a_density"}


def test_quantities_with_units_are_si_inside():
    study = read_study({"sigmoid": {"v_min": "-15 mV", "duration": "1500 ms"}, "simulation": {"dt": "0.05 ms"}})
    assert (study.sigmoid.v_min, study.sigmoid.duration, study.simulation.dt) == (-0.015, 1.5, 5e-5)


def test_mechanisms_may_be_named_alone_or_with_amounts_and_units():
    study = read_study({"mechanisms": ["ampa_density", {"id": "threshold_shift", "amounts": ["-2 mV", 0.001]}]})
    assert study.mechanisms[0].amounts == MECHANISMS["ampa_density"].amounts
    assert study.mechanisms[1].amounts == (-0.002, 0.001)
    assert round_trip(study) == study


def test_every_kind_of_stimulus_survives_the_round_trip():
    tables = [
        {"kind": "step", "height": 0.5},
        {"kind": "ramp", "rise": "0.3 s", "hold": "0.1 s"},
        {"kind": "pulse_pair", "height": 1.0},
        {"kind": "sinusoid", "frequency": "8 Hz"},
        {"kind": "chirp"},
        {"kind": "noise", "seed": 3},
        {"kind": "array", "samples": [0.0, 0.5], "interval": "10 ms"},
    ]
    assert {table["kind"] for table in tables} == set(STIMULI)
    study = read_study({"dynamics": {"stimuli": tables}})
    assert [type(item) for item in study.dynamics.stimuli] == [STIMULI[table["kind"]] for table in tables]
    assert round_trip(study) == study


def test_all_mistakes_are_named_at_once_each_with_its_place():
    found = mistakes(
        {
            "sed": 3,
            "population": {"name": "e1", "cell": {"treshold": "-52 mV", "capacitance": "-3 pF"}},
            "mechanisms": [{"id": "ampa_densitty"}, {"id": "threshold_shift", "amounts": ["3 ms"]}],
            "sigmoid": {"levels": 2, "v_min": "1 s", "familly": "auto"},
            "dynamics": {"stimuli": [{"kind": "stepp"}, {"kind": "step", "heigth": 1.0}]},
            "simulation": {"target": "fortran"},
        }
    )
    expected = [
        ("sed:", "did you mean 'seed'?"),
        ("population.cell:", "did you mean 'threshold'?"),
        ("population.cell.capacitance:", "must be above 0 F"),
        ("mechanisms (entry 1).id:", "did you mean 'ampa_density'?"),
        ("mechanisms (entry 2).amounts:", "'3 ms' does not have the dimension of V"),
        ("sigmoid.levels:", "greater than or equal to 4"),
        ("sigmoid.v_min:", "'1 s' does not have the dimension of V"),
        ("sigmoid.familly:", "did you mean 'family'?"),
        ("dynamics.stimuli (entry 1).kind:", "did you mean 'step'?"),
        ("dynamics.stimuli (entry 2):", "did you mean 'height'?"),
        ("dynamics.stimuli (entry 2).height:", "is missing"),
        ("simulation.target:", "'fortran' does not fit"),
    ]
    for place, text in expected:
        assert any(sentence.startswith(place) and text in sentence for sentence in found), (place, text, found)
    assert len(found) == len(expected)


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ({"sigmoid": {"channel": "excitatry"}}, "sigmoid.channel: there is no afferent 'excitatry'; did you mean"),
        ({"kernel": {"afferent": "current"}}, "kernel.afferent: there is no afferent 'current'"),
        ({"sigmoid": {"v_min": "5 mV", "v_max": "-5 mV"}}, "sigmoid: v_min 5 mV is not below v_max -5 mV; swap them."),
        ({"sigmoid": {"budget": 100}}, "sigmoid: budget 100 neuron-seconds is below"),
        ({"mechanisms": [{"id": "nmda_fraction", "amounts": [0.9]}]}, "outside 0 to 1"),
        ({"mechanisms": ["ampa_density", {"id": "ampa_density", "amounts": [0.7, 0.8]}]}, "at 0.7 is there twice"),
        ({"mechanisms": [{"id": "threshold_spread", "mode": "bio"}]}, "threshold_spread has no mode 'bio'"),
        ({"mechanisms": ["gaba_b_density"], "population": "escape_rate"}, "escape_rate has no gaba_b synapse"),
        ({"dynamics": {"stimuli": [{"kind": "chirp"}, {"kind": "chirp"}]}}, "is there twice"),
        ({"calibration": {"currents": ["1 nA"], "rates": ["1 Hz", "2 Hz"]}}, "calibration: 1 currents and 2 rates"),
        (
            {"calibration": {"currents": [1e-10, 2e-10], "rates": [1, 2], "parameters": ["leek_reversal"]}},
            "calibration.parameters: there is no cell parameter 'leek_reversal'; did you mean 'leak_reversal'?",
        ),
        (
            {"calibration": {"currents": [1e-10, 2e-10], "rates": [1, 2], "parameters": ["rectifier.decai"]}},
            "did you mean 'rectifier.decay'?",
        ),
        ({"seed": -1}, "seed: -1 does not fit"),
        ({"sigmoid": 3}, "sigmoid: 3 does not fit"),
    ],
)
def test_a_study_that_cannot_be_run_says_what_to_mend(table, sentence):
    found = mistakes(table)
    assert len(found) == 1, found
    assert sentence in found[0]


def test_a_file_that_is_missing_or_no_toml_is_refused(tmp_path):
    with pytest.raises(StudyError, match="cannot be read"):
        read_study(tmp_path / "absent.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("title = \n")
    with pytest.raises(StudyError, match=r"is not a TOML file: .*line 1"):
        read_study(broken)


def test_a_study_cannot_be_changed_after_it_was_read():
    with pytest.raises(ValueError, match="frozen"):
        builtin_study().seed = 2  # type: ignore[misc]
