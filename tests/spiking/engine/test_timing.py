"""Durations in whole steps."""

from dataclasses import replace

import pytest

from mesobridge.spiking import ProbeSpikes, SteadyDrive, TimeVaryingInput
from mesobridge.spiking.engine import EngineError
from mesobridge.spiking.engine.timing import timing_of


def test_a_steady_experiment_takes_its_steps():
    timing = timing_of(SteadyDrive(levels=(0.0,), duration="2 s", warm_up="0.5 s", dt="0.1 ms"))
    assert (timing.warm_up_steps, timing.steps, timing.total_steps, timing.samples) == (5000, 20000, 25000, 0)


def test_the_warm_up_of_a_recording_is_whole_samples():
    timing = timing_of(ProbeSpikes(warm_up="0.3003 s", sample="0.5 ms", dt="0.1 ms", duration="0.8 s"))
    assert timing.warm_up_steps % timing.sample_steps == 0
    assert timing.warm_up_steps == 3005
    assert timing.samples == 1600
    assert timing.total_steps == 3005 + 8000 + 1


@pytest.mark.parametrize(
    ("experiment", "message"),
    [
        (SteadyDrive(levels=(0.0,), duration="0.1 ms", dt="0.1 ms"), "below two time steps"),
        (ProbeSpikes(sample="0.25 ms"), "not a whole number of time steps"),
        (TimeVaryingInput(duration="0.5 ms"), "holds no sample"),
    ],
)
def test_what_does_not_fit_is_refused(experiment, message):
    with pytest.raises(EngineError, match=message):
        timing_of(experiment)


def test_half_the_step_takes_twice_the_steps():
    whole = SteadyDrive(levels=(0.0,))
    assert timing_of(replace(whole, dt=whole.dt / 2)).steps == 2 * timing_of(whole).steps
