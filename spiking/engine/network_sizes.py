"""Sizes that are compiled into every program."""

CELLS = 4096  # cells of a compiled program: their state fits the second-level cache
FEWEST_CELLS = 1024  # cells that are worth a run of their own
CELLS_AT_ONCE = 64  # a run is a multiple of these: what is left over would be rounded by other instructions
INTERPRETED_CELLS = 16384  # cells of an interpreted one: the cost of each operation is shared by more of them
ENSEMBLES = 256  # ensembles whose samples one program keeps
WAVEFORM_STEPS = 2**20  # time steps of an input's table
