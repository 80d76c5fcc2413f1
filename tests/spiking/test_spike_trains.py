"""Spikes of a recording as lists of times and as Neo objects."""

import numpy as np
import pytest
import quantities as pq
from numpy.testing import assert_array_equal

from mesobridge.spiking.spike_trains import (
    recorded_populations,
    recording_facts,
    spike_block,
    spike_times,
    spike_trains,
    spikes_digest,
)

from .example_recordings import recording

TRAINS = {
    "E": [np.array([0.1, 0.4]), np.array([]), np.array([0.2, 0.3, 1.0])],
    "I": [np.array([0.05]), np.array([0.4])],
}


def test_every_cell_gets_its_own_spikes_and_silent_cells_none() -> None:
    found = recording(TRAINS, 1.0)
    for name, trains in TRAINS.items():
        times = spike_times(found, name)
        assert len(times) == len(trains)
        for one, other in zip(times, trains, strict=True):
            assert_array_equal(one, other)


def test_populations_whose_spikes_were_not_kept_are_refused() -> None:
    found = recording(TRAINS, 1.0, kept=("I",))
    assert recorded_populations(found) == ("I",)
    with pytest.raises(ValueError, match=r"spikes of E were not kept; record them with CircuitRecord\(spikes=True\)"):
        spike_times(found, "E")
    with pytest.raises(ValueError, match="no population 'X'; there are: E, I"):
        spike_times(found, "X")
    with pytest.raises(ValueError, match="no spikes"):
        spike_block(found.drop_vars(["spike_time", "spike_population", "spike_cell"]))


def test_a_population_that_never_fired_counts_as_kept() -> None:
    found = recording({"E": [np.array([0.5])], "I": [np.array([]), np.array([])]}, 1.0)
    assert recorded_populations(found) == ("E", "I")
    assert [len(times) for times in spike_times(found, "I")] == [0, 0]


def test_a_block_says_what_it_is_and_where_it_came_from() -> None:
    block = spike_block(recording(TRAINS, 1.0))
    assert block.name == "planted"
    assert {key: block.annotations[key] for key in ("circuit", "seed", "dt", "duration")} == {
        "circuit": "planted", "seed": 7, "dt": 1e-4, "duration": 1.0,
    }  # fmt: skip
    (segment,) = block.segments
    assert [group.name for group in block.groups] == ["E", "I"]
    assert [train.name for train in segment.spiketrains] == ["E 0", "E 1", "E 2", "I 0", "I 1"]
    last = segment.spiketrains[2]
    assert last.annotations["population"] == "E"
    assert last.annotations["cell"] == 2
    assert last.t_stop == 1.0 * pq.s
    assert last.sampling_rate == 1e4 * pq.Hz
    assert_array_equal(last.rescale("ms").magnitude.round(9), [200, 300, 1000])
    assert len(spike_block(recording(TRAINS, 1.0), ["I"]).segments[0].spiketrains) == 2
    assert len(spike_trains(recording(TRAINS, 1.0), "E", cells=1)) == 1


def test_the_digest_is_that_of_the_spikes() -> None:
    one, same = recording(TRAINS, 1.0), recording(TRAINS, 1.0)
    moved = recording(TRAINS | {"I": [np.array([0.05]), np.array([0.4001])]}, 1.0)
    assert spikes_digest(one) == spikes_digest(same)
    assert spikes_digest(one) != spikes_digest(moved)
    assert recording_facts(one.assign_attrs(frozen="abc"))["frozen"] == "abc"
