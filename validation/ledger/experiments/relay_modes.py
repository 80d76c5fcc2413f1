"""Portrait of relay cells: transfer in burst and in tonic mode, rebound, and where the T-type window ends."""

from dataclasses import replace
from typing import Any

import numpy as np

from ....bridge.burst_statistics import burst_table
from ....bridge.single_cell_protocols import rebound, step_response
from ....spiking import MECHANISMS, POPULATIONS, CurrentGrid, PointCell, Population
from ....spiking.engine import Machine
from ....spiking.library import in_silence
from ...simulations import Job, Laboratory
from ..bench import Settings

MODES: dict[str, tuple[float, float]] = {"burst mode": (1.0, 0.0), "tonic mode": (0.0, 25e-12)}
"""Factor on the K+ leak, and the current (A) that is injected all the time."""
STEPS, STEP_DURATION = 1e-12 * np.arange(40.0, 261.0, 10.0), 0.5  # A, s
HOLDS = 1e-3 * np.arange(10.0, 401.0, 10.0)  # s
FACTORS = np.linspace(0.0, 1.0, 21)
WINDOW_STEP, WINDOW_BIAS, WINDOW_DURATION = 90e-12, 25e-12, 0.2  # A, A, s
CURRENTS = tuple(1e-12 * np.arange(-40.0, 201.0, 20.0))  # A


def _relay(factor: float) -> Population:
    return MECHANISMS["t_type_mode"].apply(POPULATIONS["thalamic_relay"](), factor, "bio")


def _rest(population: Population) -> float:
    """Return where a cell with this current would rest without T-type channels, V."""
    cell = population.cell
    if not isinstance(cell, PointCell):
        raise TypeError("relay modes: relay cells have one compartment")
    leak, potassium = cell.leak_conductance, cell.potassium_conductance
    return (leak * cell.leak_reversal + potassium * cell.potassium_reversal + population.current) / (leak + potassium)


def single_relay_cells(*, machine: Machine | None = None) -> dict[str, Any]:
    """Return what noise-free relay cells answer to steps in both modes, to a release, and to a step at many rests."""
    transfer = {}
    for name, (factor, bias) in MODES.items():
        answer = step_response(_relay(factor), STEPS, bias=bias, duration=STEP_DURATION, machine=machine)
        transfer[name] = answer["spikes"].values.tolist()
    released = rebound(_relay(0.0), HOLDS, machine=machine)
    held = [replace(in_silence(_relay(float(factor))), current=WINDOW_BIAS) for factor in FACTORS]
    step = np.array([WINDOW_STEP])
    answers = [step_response(p, step, bias=WINDOW_BIAS, duration=WINDOW_DURATION, machine=machine) for p in held]
    return {
        "steps": STEPS.tolist(), "transfer": transfer,
        "holds": HOLDS.tolist(),
        "rebound": released["spikes"].values.tolist(), "latency": released["latency"].values.tolist(),
        "rests": [_rest(population) for population in held],
        "bursts": [int(answer["bursts"].item()) for answer in answers],
    }  # fmt: skip


def relay_modes(laboratory: Laboratory, settings: Settings) -> dict[str, Any]:
    """Return the portrait: single cells, and rate (Hz) and burst probability of noisy populations over current."""
    grid = CurrentGrid(somatic=CURRENTS, cells=settings.cells(100), duration=4.0)
    populations = [replace(_relay(factor), current=bias) for factor, bias in MODES.values()]
    jobs = [Job(population=p, experiment=grid, seed=settings.seed_of("relay modes")) for p in populations]
    tables = [burst_table(each).isel(dendritic=0) for each in laboratory.record("Relay populations", jobs)]
    alone = laboratory.store.call(
        single_relay_cells,
        packages=(
            "spiking",
            "units",
            "bridge/single_cell_protocols.py",
            "validation/ledger/experiments/relay_modes.py",
        ),
        ignored={"machine": laboratory.machine},
    )
    columns = ("spike_rate", "spike_rate_se", "burst_probability", "burst_probability_se")
    population = {
        mode: {name: table[name].values.tolist() for name in columns} for mode, table in zip(MODES, tables, strict=True)
    }
    return {**alone, "currents": list(CURRENTS), "population": population}
