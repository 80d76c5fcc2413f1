"""Descriptions are checked where they are born, and say what, which value, the bound and the mend."""

import brian2
import numpy as np
import pytest
from scipy.integrate import quad

from mesobridge.spiking import POPULATIONS, STIMULI, PointCell, Synapse


@pytest.mark.parametrize("name", POPULATIONS)
def test_every_ready_made_population_is_built_and_hashable(name):
    population = POPULATIONS[name]()
    assert population.name == name
    assert {population: 1}[POPULATIONS[name]()] == 1


def test_text_brian_quantities_and_numbers_mean_the_same():
    common = {"leak_conductance": "10 nS", "leak_reversal": -0.07, "reset": "-60 mV", "refractory_period": 0.002}
    text = PointCell(capacitance="200 pF", threshold="-50 mV", **common)
    brian = PointCell(capacitance=200 * brian2.pF, threshold=-50 * brian2.mV, **common)
    assert text.capacitance == pytest.approx(2e-10, rel=1e-12)
    assert brian.threshold == pytest.approx(text.threshold, rel=1e-12)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"capacitance": "-1 pF"}, r"PointCell.capacitance: -1e-12 F is out of range; it must be above 0 F"),
        ({"capacitance": "1 ms"}, "dimension of F"),
        ({"capacitance": "1 parrot"}, "cannot read"),
        ({"capacitance": float("nan")}, "not a finite number"),
        ({"reset": "-40 mV"}, "not below the threshold"),
        ({"slope_factor": "2 mV", "cutoff": "-55 mV"}, "needs a cutoff above its threshold"),
    ],
)
def test_mistakes_are_named(changes, words):
    with pytest.raises(ValueError, match=words):
        POPULATIONS["textbook_lif"]().with_cell(**changes)


@pytest.mark.parametrize(("rise", "decay"), [(0.0, 0.003), (0.002, 0.080), (0.060, 0.200)])
def test_gates_have_unit_peak_and_the_stated_area(rise, decay):
    synapse = Synapse(receptor="ampa", weight="1 nS", reversal=0.0, rise=rise, decay=decay)

    def gate(t):
        return synapse.peak_factor * (np.exp(-t / decay) - (np.exp(-t / rise) if rise else 0.0))

    time = np.linspace(0, 3 * decay, 200_001)
    assert gate(time).max() == pytest.approx(1, abs=1e-8)
    assert quad(gate, 0, 60 * decay, limit=200)[0] == pytest.approx(synapse.gate_area, rel=1e-8)


def test_stimuli_follow_their_definitions():
    time = np.arange(0, 2, 1e-3, dtype=np.float64)
    step = STIMULI["step"](height=0.5, onset="200 ms", offset="700 ms").waveform(time)
    assert step.sum() == pytest.approx(0.5 * 500)
    pair = STIMULI["pulse_pair"](height=1, width="10 ms", separation="50 ms").waveform(time)
    assert np.flatnonzero(np.diff(pair) > 0).tolist() == [199, 249]
    chirp = STIMULI["chirp"](start=1, stop=40, duration=2, amplitude=0.3).waveform(time)
    crossings = np.count_nonzero(np.diff(np.signbit(chirp)))
    assert crossings == pytest.approx(2 * 41, abs=2)  # phase turns (1 + 40)/2 x 2 s = 41 times
    noise = STIMULI["noise"](amplitude=0.2, time_constant="5 ms", seed=3)
    assert np.array_equal(noise.waveform(time), noise.waveform(time))
    long = noise.waveform(np.arange(0, 200, 1e-3, dtype=np.float64))
    effective = 200 / (2 * 0.005)
    assert long.std() == pytest.approx(0.2, abs=4 * 0.2 / np.sqrt(2 * effective))
    array = STIMULI["array"](samples=(0.0, 1.0, 2.0), interval="1 ms").waveform(time)
    assert array[:5].tolist() == [0, 1, 2, 0, 0]
