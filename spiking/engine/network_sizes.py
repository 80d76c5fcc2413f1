"""Sizes that are compiled into every program."""

CELLS = 2048  # cells of a compiled program: their state fits the second-level cache
INTERPRETED_CELLS = 16384  # cells of an interpreted one: the cost of each operation is shared by more of them
ENSEMBLES = 256  # ensembles whose samples one program keeps
WAVEFORM_STEPS = 2**20  # time steps of an input's table
