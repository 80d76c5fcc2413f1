"""Cells in a row: identities, thresholds, ensembles, chunks."""

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from mesobridge.spiking import ProbeSpikes, SteadyDrive, TimeVaryingInput
from mesobridge.spiking.engine.layout import chunks, layouts, played_input, threshold_offsets
from mesobridge.spiking.engine.program import Program
from mesobridge.spiking.stimuli import Step


def test_thresholds_are_stratified_normal_quantiles():
    offsets = threshold_offsets(1000, 2e-3)
    np.testing.assert_allclose(stats.norm.cdf(offsets / 2e-3), (np.arange(1000) + 0.5) / 1000)


def test_levels_are_independent_and_drives_are_theirs(memoryless):
    (row,) = layouts(memoryless, SteadyDrive(levels=(1e-11, 2e-11, 3e-11), cells=50))
    assert row.count == 150
    assert len({*zip(row.level.tolist(), row.cell.tolist(), strict=True)}) == 150
    np.testing.assert_array_equal(row.current.reshape(3, 50), np.repeat([[1e-11], [2e-11], [3e-11]], 50, axis=1))


def test_probe_sizes_share_their_random_numbers(memoryless):
    (row,) = layouts(memoryless, ProbeSpikes(sizes=(1.0, 2.0), groups=3, cells_per_group=4))
    first, second = row.cell.reshape(2, 12)
    np.testing.assert_array_equal(first, second)
    assert len(set(first.tolist())) == 12


def test_thresholds_are_stratified_within_each_group(memoryless):
    (row,) = layouts(memoryless, TimeVaryingInput(stimuli=(Step(height=1),), groups=3, cells_per_group=40))
    np.testing.assert_array_equal(row.offset.reshape(3, 40), np.tile(threshold_offsets(40, 2e-3), (3, 1)))


@pytest.mark.parametrize("padded", [True, False])
@pytest.mark.parametrize(("cells", "ensembles"), [(7, 2), (16, 3), (1000, 256)])
def test_chunks_hold_every_cell_once_and_padding_counts_for_nothing(memoryless, cells, ensembles, padded):
    (row,) = layouts(memoryless, ProbeSpikes(sizes=(1.0, 2.0), groups=5, cells_per_group=6))
    program = Program(("main",), Path(), 1000, ensembles, padded=padded)
    parts = chunks(row, cells, program)
    np.testing.assert_array_equal(np.concatenate([part.index for part in parts]), np.arange(row.count))
    share = np.zeros(10)
    for part in parts:
        assert part.ensembles.size <= ensembles
        assert part.index.size <= part.used <= part.cells.count
        assert part.cells.count == (1000 if padded else part.index.size)
        np.add.at(share, part.ensembles[0] + part.cells.ensemble, part.cells.share)
    np.testing.assert_allclose(share, 1.0)


def test_an_input_never_falls_below_zero(memoryless):
    experiment = TimeVaryingInput(stimuli=(Step(height=-2),), channel="excitatory")
    np.testing.assert_array_equal(played_input(memoryless, experiment, np.array([0.0, -0.5, -2.0])), [600, 300, 0])
