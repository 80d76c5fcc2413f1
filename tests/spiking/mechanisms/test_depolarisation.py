"""The course of Gq activation in time, and three ways to depolarise by the same amount, against reference numbers.

The references are plain Brian2 scripts of the same cells with explicit equations: a pyramid at rest under a step of
receptor occupancy, and leaky cells whose input at 10 Hz and slope from 3 to 25 Hz were read off.
"""

from dataclasses import replace

import numpy as np
import pytest

from mesobridge.bridge.prediction import operating_point
from mesobridge.bridge.replicates import jackknife_pair
from mesobridge.spiking import MECHANISMS, POPULATIONS, GqCascade, Population, TimeVaryingInput, settled
from mesobridge.spiking.engine import EngineError, simulate
from mesobridge.spiking.mechanisms.calcium_depolarization import membrane_rest
from mesobridge.spiking.stimuli import Step

from ...test_reference_effects import leaky, played, predicted, read
from ..responsive import membrane

DEPOLARIZATION = MECHANISMS["calcium_depolarization"]


def pyramid_at_rest(gq: GqCascade) -> Population:
    """One pyramid without input, with Gq-coupled receptors."""
    return replace(POPULATIONS["e1"](), afferents=(), noise=None).with_cell(threshold_spread=0.0, gq=gq)


def course(gq: GqCascade, occupancy: float = 1.0, offset: float = 5.0):
    """Time (s since the step begins) and the change of the potential (mV)."""
    step = Step(height=occupancy, onset=1.0, offset=1.0 + offset)
    experiment = TimeVaryingInput(
        stimuli=(step,), channel="gq", groups=1, cells_per_group=1, duration="26 s", warm_up="1 s", dt="0.2 ms",
        sample="10 ms",
    )  # fmt: skip
    recording = simulate(pyramid_at_rest(gq), experiment, seed=1)
    time, v = recording["time"].values - 1, recording["v_free"].values[0, 0]
    return time, 1e3 * (v - v[time < 0][-1])


@pytest.fixture(scope="module")
def full():
    return course(GqCascade())


@pytest.mark.cpp
def test_gq_hyperpolarises_first_and_depolarises_later(full):
    """Reference: -3.9 mV between 0.3 and 0.7 s, +6.3 mV at 5 s, +1.8 mV 4 s after the end, nothing after 25 s."""
    time, change = full
    trough = change.argmin()
    assert 0.3 < time[trough] < 0.7
    assert change[trough] == pytest.approx(-3.9, rel=0.20)
    assert np.interp(5.0, time, change) == pytest.approx(6.3, rel=0.20)
    assert np.interp(9.0, time, change) == pytest.approx(1.8, rel=0.20)
    assert abs(change[-1]) < 0.05


@pytest.mark.cpp
def test_the_phases_belong_to_different_channels(full):
    """Reference: +3.4 mV by K+ closure alone; -4.1 and +2.7 mV by SK and cation channels alone."""
    time, change = course(GqCascade(sk_conductance=0.0, cation_conductance=0.0))
    assert change.min() > -0.01
    assert np.interp(5.0, time, change) == pytest.approx(3.4, abs=0.05)
    time, change = course(GqCascade(closed_potassium=0.0, closed_muscarinic=0.0))
    assert change.min() == pytest.approx(-4.1, abs=0.05)
    assert np.interp(5.0, time, change) == pytest.approx(2.7, abs=0.05)
    assert full[1].min() > change.min(), "what closes shortens the trough"


@pytest.mark.cpp
def test_a_brief_pulse_suppresses_and_a_long_one_excites(full):
    time, change = course(GqCascade(), offset=0.2)
    early = change[(time > 0) & (time < 1)]
    assert early.mean() < -1
    assert change.max() < 0.1 * full[1].max()
    time, change = full
    assert change[(time > 3) & (time < 5)].mean() > 4


@pytest.mark.cpp
def test_the_steady_state_is_where_a_long_step_ends():
    gq = GqCascade(refill_time="2 s")
    step = Step(height=0.6, onset=0.0, offset=100.0)
    experiment = TimeVaryingInput(
        stimuli=(step,), channel="gq", groups=1, cells_per_group=1, duration="40 s", dt="0.2 ms", sample="10 ms"
    )
    reached = float(simulate(pyramid_at_rest(gq), experiment, seed=1)["v_free"].values[0, 0, -1])
    constant = pyramid_at_rest(replace(gq, occupancy=0.6))
    cell = membrane(settled(constant))
    assert cell.gq is None
    assert reached == pytest.approx(membrane_rest(cell), abs=1e-6)
    noisy = replace(constant, noise=POPULATIONS["e1"]().noise)
    assert operating_point(noisy).v == pytest.approx(reached, abs=2e-4)


def test_a_gq_step_needs_the_cascade():
    experiment = TimeVaryingInput(stimuli=(Step(height=1),), channel="gq")
    with pytest.raises(EngineError, match="no gq cascade"):
        simulate(POPULATIONS["e1"](), experiment, seed=1)


@pytest.mark.parametrize(("mode", "shift"), [("bio", 0.003), ("bio", -0.003), ("bio:cation", 0.003)])
def test_readings_move_the_rest_by_the_stated_amount(mode, shift):
    e1 = POPULATIONS["e1"]()
    rests = [membrane_rest(membrane(p)) for p in (e1, DEPOLARIZATION.apply(e1, shift, mode))]
    moved = rests[1] - rests[0]
    assert moved == pytest.approx(shift, abs=1e-9)


def test_impossible_depolarisations_are_refused_with_their_reach():
    e1 = POPULATIONS["e1"]()
    with pytest.raises(ValueError, match=r"needs 1\.\d+ times what Gq closes.*all of it gives 4\.\d mV"):
        DEPOLARIZATION.apply(e1, 0.006, "bio")
    with pytest.raises(ValueError, match="neither K\\+ leak nor M current"):
        DEPOLARIZATION.apply(POPULATIONS["textbook_lif"](), 0.003, "bio")
    with pytest.raises(ValueError, match="give a positive amount"):
        DEPOLARIZATION.apply(e1, -0.003, "bio:cation")
    silent = e1.with_cell(gq=GqCascade(closed_potassium=0.0, closed_muscarinic=0.0))
    with pytest.raises(ValueError, match="closes none of its K\\+ channels"):
        DEPOLARIZATION.apply(silent, 0.003, "bio")


@pytest.mark.parametrize("mode", ["bio", "bio:cation"])
@pytest.mark.parametrize("amount", ["-1000 V", "-60 mV", "60 mV"])
def test_a_rest_beyond_the_reversals_is_refused(mode, amount):
    with pytest.raises(ValueError, match="outside -90 to -20 mV, the reversals of its K\\+ and cation channels"):
        DEPOLARIZATION.apply(POPULATIONS["e1"](), amount, mode)


@pytest.mark.parametrize("end", [-0.090, -0.020])
@pytest.mark.parametrize("mode", ["bio", "bio:cation"])
def test_a_rest_at_a_reversal_is_refused(mode, end):
    e1 = POPULATIONS["e1"]()
    with pytest.raises(ValueError, match="give a smaller shift"):
        DEPOLARIZATION.apply(e1, end - membrane_rest(membrane(e1)), mode)


@pytest.mark.parametrize("mode", ["bio", "bio:cation"])
def test_an_amount_beside_a_constant_occupancy_is_refused(mode):
    with pytest.raises(ValueError, match=r"an occupancy of 0\.5, which moves the rest already"):
        DEPOLARIZATION.apply(POPULATIONS["e1"]().with_cell(gq=GqCascade(occupancy=0.5)), 0.003, mode)


def test_the_reading_of_the_review_shifts_the_reversal_and_the_m_current_answers():
    e1 = POPULATIONS["e1"]()

    def moved(population):
        return membrane_rest(membrane(DEPOLARIZATION.apply(population, 0.003))) - membrane_rest(membrane(population))

    assert moved(e1) == pytest.approx(2.888e-3, abs=0.001e-3)
    assert moved(e1.with_cell(muscarinic=None)) == pytest.approx(3e-3, abs=1e-9)


def with_potassium_leak() -> Population:
    """The leaky cell with 3 of its 10 nS carried by K+, at the same rest."""
    base = leaky()
    leak = (10e-9 * -0.070 - 3e-9 * -0.090) / 7e-9
    return base.with_cell(leak_conductance=7e-9, leak_reversal=leak, potassium_conductance=3e-9)


@pytest.mark.slow
@pytest.mark.cpp
def test_three_ways_to_depolarise_by_six_millivolt_give_three_gains():
    """Reference: 10 Hz at 156 pA; after +6 mV by current, K+ closure, cation opening at 94, 73, 107 pA (8 %)."""
    currents = np.arange(20, 420, 20) * 1e-12
    base = with_potassium_leak()
    ways = {mode: DEPOLARIZATION.apply(base, 0.006, mode) for mode in ("review", "bio", "bio:cation")}
    before = played(base, currents)
    pairs = {mode: jackknife_pair(before, played(changed, currents), read) for mode, changed in ways.items()}
    assert pairs["review"].baseline["input"].value == pytest.approx(156e-12, rel=0.02)
    for mode, reference in {"review": 94e-12, "bio": 73e-12, "bio:cation": 107e-12}.items():
        assert pairs[mode].changed["input"].value == pytest.approx(reference, rel=0.08), mode
    slopes = [pairs[mode].log_ratio["slope"] for mode in ("bio:cation", "review", "bio")]
    assert slopes[0].value < slopes[1].value < slopes[2].value
    theory = {mode: predicted(changed, currents[::2]) for mode, changed in {**ways, "base": base}.items()}
    for mode, pair in pairs.items():
        assert pair.difference["input"].value == pytest.approx(
            theory[mode]["input"] - theory["base"]["input"], abs=3e-12 + 3 * pair.difference["input"].standard_error
        )
