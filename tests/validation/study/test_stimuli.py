import numpy as np
import pytest

from mesobridge.spiking.stimuli import ArrayInput, Step
from mesobridge.validation.study.mistakes import Mistakes
from mesobridge.validation.study.stimuli import HELD_OUT, read_stimuli, write_stimuli


def test_the_default_stimuli_survive_the_file():
    assert read_stimuli(write_stimuli(HELD_OUT)) == HELD_OUT


def test_every_default_stimulus_moves_the_input_within_a_second():
    time = np.linspace(0, 1, 1001, dtype=np.float64)
    assert all(np.abs(stimulus.waveform(time)).max() > 0.1 for stimulus in HELD_OUT)


def test_stimuli_of_the_python_interface_are_kept_as_they_are():
    mine = (Step(height=0.2), ArrayInput(samples=(0.0, 1.0), interval="10 ms"))
    assert read_stimuli(mine) == mine


@pytest.mark.parametrize("given", [[], "step", 3, {"kind": "step"}])
def test_anything_but_a_list_of_tables_is_refused(given):
    with pytest.raises(Mistakes, match="a list of tables with a kind is wanted"):
        read_stimuli(given)
