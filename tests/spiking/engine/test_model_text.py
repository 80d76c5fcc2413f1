"""The text of the model: whole, free of amounts, and with a unit and a value for everything."""

import re
from dataclasses import replace

import numpy as np
import pytest

from mesobridge.spiking import MECHANISMS, POPULATIONS, ProbeSpikes, SteadyDrive, TimeVaryingInput
from mesobridge.spiking.engine import EngineError
from mesobridge.spiking.engine.layout import layouts
from mesobridge.spiking.engine.model_text import model_text
from mesobridge.spiking.engine.parameters import values_of
from mesobridge.spiking.engine.structure import Precision, Structure, poisson_terms, structure_of
from mesobridge.spiking.engine.timing import timing_of
from mesobridge.spiking.stimuli import Step

EXPERIMENTS = {
    "current": SteadyDrive(levels=(0.0, 1e-10), cells=3),
    "rate": SteadyDrive(levels=(100.0, 1000.0), channel="excitatory", cells=3),
    "probe": ProbeSpikes(groups=2, cells_per_group=2),
    "clamp": ProbeSpikes(groups=2, cells_per_group=2, clamp="-65 mV"),
    "varying current": TimeVaryingInput(stimuli=(Step(height=1),), channel="current", groups=2, cells_per_group=2),
    "varying rate": TimeVaryingInput(stimuli=(Step(height=1),), groups=2, cells_per_group=2),
}


def structure_and_text(population, experiment, precision: Precision = "float64"):
    rates = tuple(afferent.rate for afferent in population.afferents)
    structure = structure_of(population, experiment, timing_of(experiment), rates, precision)
    return structure, model_text(structure)


@pytest.mark.parametrize("name", POPULATIONS)
@pytest.mark.parametrize("kind", EXPERIMENTS)
def test_every_name_is_declared_and_every_declaration_has_a_finite_value(name, kind):
    population, experiment = POPULATIONS[name](), EXPERIMENTS[kind]
    structure, text = structure_and_text(population, experiment)
    declared = [variable.name for variable in text.variables]
    assert len(set(declared)) == len(declared) > 10
    made = {line.split(" = ")[0] for line in text.lines}
    used = set(re.findall(r"(?<![0-9.])[a-z_][a-z_0-9]*", text.statements)) - {"volt"}
    functions = {word for word in used if re.search(rf"\b{word}\(", text.statements)}
    assert used - made - set(declared) - functions <= {"t", "t_in_timesteps"}
    assert {v.name for v in text.variables if v.role not in ("state",)} - used <= {
        "clamp",
        "share",
        "ensemble",
        "tonic_nmda",
    }
    row = layouts(population, experiment)[0]
    values = values_of(text, structure, population, experiment, timing_of(experiment), row, seed=2**63 + 5)
    assert list(values) == declared
    assert all(np.all(np.isfinite(value)) for value in values.values())


@pytest.mark.parametrize("kind", EXPERIMENTS)
def test_amounts_levels_and_durations_do_not_change_the_structure(kind):
    population, experiment = POPULATIONS["e1"](), EXPERIMENTS[kind]
    plain, _ = structure_and_text(population, experiment)
    compared = 0
    for mechanism in MECHANISMS.values():
        for mode in mechanism.modes:
            try:
                low, high = (mechanism.apply(population, a, mode) for a in mechanism.reading(mode).amounts)
            except ValueError:  # these cells lack what the reading acts on
                continue
            texts = [structure_and_text(changed, experiment)[0].digest for changed in (low, high)]
            assert texts[0] == texts[1], (mechanism.id, mode)
            new_term = mechanism.id == "gaba_b_presynaptic" and mode != "review" and kind != "clamp"
            assert (texts[0] == plain.digest) != new_term, (mechanism.id, mode)
            compared += 1
    longer, _ = structure_and_text(population, replace(experiment, duration=3 * experiment.duration, warm_up=1.0))
    assert compared >= 22
    assert longer == plain


def test_what_is_absent_has_no_term():
    _, text = structure_and_text(POPULATIONS["escape_rate"](), EXPERIMENTS["current"])
    assert not re.search(r"nmda|reset|wait|rectifier|\bm_v", text.statements)
    _, text = structure_and_text(POPULATIONS["e1"](), EXPERIMENTS["probe"])
    assert not re.search("spike|reset|wait|rectifier|upstroke", text.statements)


def test_the_free_potential_knows_no_spike():
    _, text = structure_and_text(POPULATIONS["e1"](), EXPERIMENTS["current"])
    (line,) = [line for line in text.lines if line.startswith("conductance_v_free")]
    assert line == "conductance_v_free = common_conductance + open_nmda_v_free + g_m * m_v_free"
    (line,) = [line for line in text.lines if line.startswith("current_v_free")]
    assert not re.search("upstroke|rectifier|hyperpolarization", line)


def test_a_structure_survives_json():
    import json
    from dataclasses import asdict

    structure, _ = structure_and_text(POPULATIONS["e1"](), EXPERIMENTS["probe"])
    assert Structure.from_dict(json.loads(json.dumps(asdict(structure)))) == structure


def test_probe_experiments_always_run_in_double_precision():
    assert structure_and_text(POPULATIONS["e1"](), EXPERIMENTS["probe"], "float32")[0].precision == "float64"
    assert structure_and_text(POPULATIONS["e1"](), EXPERIMENTS["current"], "float32")[0].precision == "float32"


def test_a_rate_too_high_for_the_step_is_refused():
    assert poisson_terms(0.1, "x") == 8
    with pytest.raises(
        EngineError, match=r"afferent 'excitatory' at 1e\+06 Hz: 100 events in one time step, above 8.4"
    ):
        structure_of(
            POPULATIONS["escape_rate"](), EXPERIMENTS["rate"], timing_of(EXPERIMENTS["rate"]), (1e6,), "float64"
        )


def test_a_receptor_that_the_afferent_does_not_carry_is_refused():
    with pytest.raises(EngineError, match="'excitatory' carries no gaba_a; choose among ampa, nmda"):
        structure_and_text(POPULATIONS["e1"](), ProbeSpikes(receptors=("gaba_a",)))
