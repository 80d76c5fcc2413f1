"""The random numbers and the stop of a run as functions that Brian2 can call from any of its targets."""

import hashlib
from functools import partial
from pathlib import Path

from brian2 import Function

from . import noise
from .noise_code import random_header
from .structure import Structure

HEADER = "mesobridge_random.h"

# The program is compiled for a run that is far too long; the step counter ends it, so that a duration is an argument.
_STOP_CODE = """
static inline int32_t count_step(int64_t step, int32_t last_step)
{
    if (step + 1 >= last_step) Network::_globally_stopped = true;
    return 1;
}
"""


def streams(structure: Structure) -> int:
    """Return how many uniform numbers a step takes: for each afferent, the noise, the spikes of memoryless cells."""
    noises = int(structure.noise) + int(structure.dendritic_noise)
    return len(structure.poisson_terms) + noises + int(structure.spike_terms > 0)


def terms(structure: Structure) -> tuple[int, ...]:
    """Return the numbers of terms of the Poisson draws."""
    return tuple(sorted({*structure.poisson_terms, structure.spike_terms} - {0}))


def header_text(structure: Structure) -> str:
    """Return the C++ header that the model of this structure includes."""
    return random_header(structure.precision, streams(structure), terms(structure))


def model_functions(structure: Structure, folder: Path) -> dict[str, Function]:
    """Return the functions of a model by name; their header is written into ``folder``."""
    text = header_text(structure)
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    header = folder / f"{digest}_{HEADER}"
    header.write_text(text)
    real = "double" if structure.precision == "float64" else "float"
    functions = {}
    for stream in range(streams(structure)):
        python = partial(noise.uniform, stream, precision=structure.precision)
        functions[f"uniform_{stream}"] = _function(python, f"uniform_{stream}", ["integer"] * 6, real, header)
    for number in terms(structure):
        name = f"poisson_count_{number}"
        functions[name] = _function(partial(noise.poisson_count, number), name, ["float"] * 3, real, header)
    functions["standard_normal"] = _function(noise.standard_normal, "standard_normal", ["float"], real, header)
    return functions


def _function(python, name: str, kinds: list[str], real: str, header: Path) -> Function:
    function = Function(
        python, arg_units=[1] * len(kinds), return_unit=1, arg_types=kinds, return_type="float", stateless=True
    )
    function.implementations.add_implementation("numpy", python)
    function.implementations.add_implementation("cpp", "", name=name, compiler_kwds={"headers": [f'"{header.name}"']})
    types = ["int64_t", *["int32_t"] * 5] if kinds[0] == "integer" else [real] * len(kinds)
    declaration = f'cdef extern from "{header}":\n    {real} {name}({", ".join(types)})'
    cython = f"from libc.stdint cimport int32_t, int64_t\n{declaration}"
    function.implementations.add_implementation("cython", cython, name=name)
    return function


def step_counter() -> Function:
    """Return the function that counts a step, 1 at each call, and ends a compiled run after the last one."""

    def count_step(step: object, last_step: object) -> int:
        del step, last_step
        return 1

    function = Function(
        count_step,
        arg_units=[1, 1],
        return_unit=1,
        arg_types=["integer", "integer"],
        return_type="integer",
        stateless=False,
    )
    function.implementations.add_implementation("numpy", count_step)
    function.implementations.add_implementation(
        "cpp", _STOP_CODE, name="count_step", compiler_kwds={"headers": ['"network.h"']}
    )
    cython = "cdef int count_step(step, last_step):\n    return 1"
    function.implementations.add_implementation("cython", cython, name="count_step")
    return function
