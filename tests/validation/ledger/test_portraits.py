"""Portraits: what an experiment shows beside its effects, from the ledger into a figure."""

import numpy as np
import pytest

from mesobridge.spiking.engine import Machine
from mesobridge.validation.ledger import ledger, ledger_document
from mesobridge.validation.ledger.experiments import EXPERIMENTS
from mesobridge.validation.ledger.experiments.spiking_pair import (
    BIN,
    HEIGHT,
    PULSE,
    REPEATS,
    REST,
    PulseTrain,
    pair_circuit,
    rebound_of,
)
from mesobridge.validation.plain import plain
from mesobridge.validation.report.figures.burst_surface import draw_burst_surface
from mesobridge.validation.report.figures.rebound import draw_rebound, draw_spiking_rebound
from mesobridge.validation.report.figures.relay_modes import draw_relay_modes

from .example import example_portraits

BINS = round((PULSE + REST) / BIN)


def planted(rebound: float, noise: float) -> np.ndarray:
    """Rates of 10 Hz that fall by 4 Hz during the pulse and rise by ``rebound`` x 4 Hz for 50 ms after it."""
    rate = np.full((REPEATS, BINS), 10.0)
    begin = round(REST / 2 / BIN)
    end = begin + round(PULSE / BIN)
    rate[:, begin:end] -= 4.0
    rate[:, end : end + 10] += 4.0 * rebound
    return rate + noise * np.random.default_rng(3).standard_normal(rate.shape)


@pytest.mark.parametrize("rebound", [0.0, 0.5, 2.0])
def test_a_planted_rebound_is_read_off(rebound):
    found = rebound_of(planted(rebound, 0.0))
    assert found["rest"] == pytest.approx(10.0)
    assert found["trough"] == pytest.approx(4.0)
    assert found["rebound"] == pytest.approx(rebound)
    assert found["chance"] == pytest.approx(0.0, abs=1e-12)


def test_chance_says_what_noise_alone_would_give():
    without, with_one = rebound_of(planted(0.0, 3.0)), rebound_of(planted(1.0, 3.0))
    assert 0.05 < without["chance"] < 0.6
    assert without["rebound"] < 3 * without["chance"]
    assert with_one["rebound"] > 2 * with_one["chance"]


def test_pulses_stand_in_the_middle_of_their_pieces():
    time = (np.arange(REPEATS * BINS, dtype=float) + 0.5) * BIN
    course = PulseTrain().waveform(time).reshape(REPEATS, BINS)
    assert np.all(course == course[0])
    assert course[0].sum() * BIN == pytest.approx(HEIGHT * PULSE)
    assert np.flatnonzero(course[0])[0] == round(REST / 2 / BIN)


@pytest.mark.parametrize("decay", [0.0025, 0.020])
def test_inhibition_keeps_its_charge(decay):
    (synapse,) = pair_circuit(decay, 0.0, 500).projection("I to E").synapses
    assert synapse.weight * synapse.decay == pytest.approx(6e-12)


def test_a_portrait_goes_into_the_document():
    made = plain(ledger_document(ledger(only=["rebound", "gating"], machine=Machine(workers=1))))
    assert list(made["portraits"]) == ["rebound"]
    assert draw_rebound(made["portraits"]["rebound"]).axes[0].get_xlabel() == "inhibitory time constant (ms)"
    assert set(example_portraits()) == {name for name, one in EXPERIMENTS.items() if one.portrait is not None}


def test_the_surface_of_bursts_shows_what_closing_adds():
    figure = draw_burst_surface(example_portraits()["apical"])
    assert [axes.get_title(loc="left") for axes in figure.axes[:4:3]] == [
        "untouched",
        "all HCN channels closed, minus untouched",
    ]
    change = figure.axes[4].collections[0].get_array()
    assert change is not None
    assert np.ma.getdata(change).reshape(2, 3)[1] == pytest.approx([0.0, 0.2, 0.0])


def test_relay_modes_and_spiking_pairs_are_drawn_in_their_units():
    relay = draw_relay_modes(example_portraits()["relay"]).axes
    assert relay[0].get_xlabel() == "step of current (pA)"
    assert [np.asarray(line.get_xdata())[-1] for line in relay[0].get_lines()] == pytest.approx([200.0, 200.0])
    pair = draw_spiking_rebound(example_portraits()["spiking pair"]).axes[0]
    legend = pair.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["0 nS after a spike", "1 nS after a spike"]
