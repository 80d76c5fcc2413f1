"""Compile the hand-written loop and run it on the workload's conditions."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from workload import Workload, jobs

from mesobridge.spiking.engine.build import supported_flags
from mesobridge.spiking.engine.layout import layouts
from mesobridge.spiking.engine.machine import compiler
from mesobridge.spiking.engine.model_text import model_text
from mesobridge.spiking.engine.noise_code import random_header
from mesobridge.spiking.engine.parameters import values_of
from mesobridge.spiking.engine.simulate import Job
from mesobridge.spiking.engine.structure import Precision, structure_of
from mesobridge.spiking.engine.timing import timing_of

# The order of `struct Numbers` in by_hand.cpp; reset_below is the distance from threshold to reset.
NUMBERS = (
    "step capacitance g_rest i_rest reset_below refractory_steps mean_0 none_0 mean_1 none_1 keep_ampa jump_ampa "
    "keep_nmda_slow jump_nmda_slow keep_nmda_fast jump_nmda_fast keep_gaba_a jump_gaba_a e_ampa e_nmda e_gaba_a "
    "magnesium_nmda block_slope g_nmda_slow g_nmda_fast g_ampa g_gaba_a v_free"
).split()


def compile_loop(folder: Path, precision: Precision) -> Path:
    """Compile the loop in a folder and return the program."""
    path = compiler() or "g++"
    (folder / "random.h").write_text(random_header(precision, 2, (8,)))
    source, program = Path(__file__).with_name("by_hand.cpp"), folder / f"by_hand_{precision}"
    subprocess.run(
        [path, *supported_flags(path), f"-I{folder}", str(source), "-ffast-math", "-o", str(program)], check=True
    )
    return program


def condition(job: Job, level: int, folder: Path) -> list[str]:
    """Return the command line of one condition."""
    experiment, timing = job.experiment, timing_of(job.experiment)
    rates = tuple(afferent.rate for afferent in job.population.afferents)
    structure = structure_of(job.population, experiment, timing, rates, "float64")
    row = layouts(job.population, experiment)[0]
    cells = np.flatnonzero(row.level == level)
    values = values_of(model_text(structure), structure, job.population, experiment, timing, row.take(cells), job.seed)
    values["reset_below"] = values["spike_level"] - values["reset"]
    thresholds = folder / f"cells_{id(job)}_{level}"
    np.concatenate([values["spike_level"], values["v"]]).tofile(thresholds)
    words = [timing.steps, cells.size, job.seed, level, repr(float(values["drive"][0])), thresholds]
    return [*map(str, words), *(repr(float(values[name][0])) for name in NUMBERS)]


def run_by_hand(program: Path, work: Workload, folder: Path, workers: int) -> np.ndarray:
    """Return spikes, mean and variance of the free potential and mean potential of every condition."""
    commands = [condition(job, level, folder) for job in jobs(work) for level in range(work.levels)]

    def run(arguments: list[str]) -> list[float]:
        answer = subprocess.run([str(program), *arguments], capture_output=True, text=True, check=True)
        return [float(word) for word in answer.stdout.split()]

    with ThreadPoolExecutor(workers) as pool:
        return np.array(list(pool.map(run, commands)))
