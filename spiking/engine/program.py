"""A program that runs one structure: what it is called, which arrays it has, and the running of it."""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import EngineError

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Program:
    """A command that takes ``--results_dir DIR group.variable=FILE ...``, and the largest population it runs.

    ``digest`` is the hash of the compiled file, checked before every run; an interpreted program has none. The arrays
    of a compiled program have its full size, so that those of smaller populations are ``padded``.
    """

    command: tuple[str, ...]
    folder: Path
    cells: int
    ensembles: int
    digest: str | None = None
    padded: bool = True


@dataclass(frozen=True)
class CircuitFiles:
    """Sizes of a circuit's populations, files that delivery reads, and those it writes with the type of each."""

    sizes: tuple[int, ...]
    given: Mapping[str, NDArray[Any]]
    written: Mapping[str, str]


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


_gates: dict[int, threading.BoundedSemaphore] = {}
_gates_lock = threading.Lock()


def gate(workers: int) -> threading.BoundedSemaphore:
    """Return the gate through which at most ``workers`` programs of this process run at a time."""
    with _gates_lock:
        return _gates.setdefault(workers, threading.BoundedSemaphore(workers))


def run_program(
    program: Program,
    values: Mapping[str, NDArray[Any]],
    wanted: tuple[str, ...],
    workers: int,
    circuit: "CircuitFiles | None" = None,
) -> Arrays:
    """Run a program with these values and return the wanted arrays, all of them checked.

    Parameters
    ----------
    program : Program
    values : mapping of "group.variable" to array, of the variable's type
        Must contain ``control.last_step``, the number of steps to run.
    wanted : names of the arrays to read
    workers : int
        Programs that may run at a time in this process.
    circuit : CircuitFiles, optional
        What the delivery of a circuit's spikes reads besides, and what it writes.

    Raises
    ------
    EngineError
        If the program is not the one that was built, fails, stops early, did not take its arguments, or returns numbers
        that are not finite.
    """
    if program.digest is not None and file_digest(Path(program.command[0])) != program.digest:
        raise EngineError(
            f"{program.command[0]} is not the program that was built; delete {program.folder} to build it again."
        )
    with _private_folder() as folder, gate(workers):
        for name, array in (circuit.given if circuit else {}).items():
            array.tofile(folder / name)
        _start(program, _write_arguments(values, folder), folder, circuit.sizes if circuit else ())
        described = _described(program, folder)
        steps = int(values["control.last_step"][0])
        done = int(_read(described, "control.steps_done", folder)[0])
        if done != steps:
            raise EngineError(
                f"{program.command[0]} stopped after {done} of {steps} steps; its results are not used, run it again."
            )
        _check_arguments(described, values, folder)
        results = {name: _finite(name, _read(described, name, folder)) for name in wanted}
        written = circuit.written if circuit else {}
        return results | {name: _finite(name, np.fromfile(folder / name, dtype=kind)) for name, kind in written.items()}


def _memory_folder() -> str | None:
    """Return a file system in memory with 1 GB to spare, unless the user chose one: runs write many small files."""
    memory = "/dev/shm"
    if "TMPDIR" in os.environ or not os.access(memory, os.W_OK):
        return None
    return memory if shutil.disk_usage(memory).free > 1e9 else None


@contextlib.contextmanager
def _private_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="mesobridge-", dir=_memory_folder()))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write_arguments(values: Mapping[str, NDArray[Any]], folder: Path) -> list[str]:
    """Write each value into a file: text would lose digits, and numbers without a digit or sign first."""
    arguments = []
    for name, value in values.items():
        path = folder / f"{name}.in"
        value.tofile(path)
        arguments.append(f"{name}={path}")
    return arguments


def _start(program: Program, arguments: list[str], folder: Path, sizes: tuple[int, ...]) -> None:
    # One thread each: programs run side by side. Symbols are bound at start, which makes parallel starts safe.
    environment = {**os.environ, "LD_BIND_NOW": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    environment["MESOBRIDGE_SIZES"] = ",".join(map(str, sizes))
    command = [*program.command, "--results_dir", f"{folder}{os.sep}", *arguments]
    done = subprocess.run(
        command,
        cwd=program.folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode != 0:
        tail = (done.stderr or done.stdout).strip()[-2000:]
        raise EngineError(f"{program.command[0]} ended with status {done.returncode}: {tail or 'it said nothing'}.")


def _described(program: Program, folder: Path) -> dict[str, dict[str, Any]]:
    own = folder / "arrays.json"
    return json.loads((own if own.exists() else program.folder / "arrays.json").read_text())


def _read(described: dict[str, dict[str, Any]], name: str, folder: Path) -> NDArray[Any]:
    entry = described[name]
    path = folder / entry["file"]
    if not path.exists():
        raise EngineError(f"engine: no result for {name}; the disk of {folder.parent} may be full.")
    array = np.fromfile(path, dtype=entry["dtype"])
    if entry["size"] is not None and array.size != entry["size"]:
        raise EngineError(
            f"engine: {array.size} of {entry['size']} values of {name} were written; the disk may be full."
        )
    return array


def _check_arguments(described: dict[str, dict[str, Any]], values: Mapping[str, NDArray[Any]], folder: Path) -> None:
    """Read back every constant: a program that cannot read an argument goes on with zeros."""
    for name in (name for name in values if described.get(name, {}).get("constant")):
        if not np.array_equal(_read(described, name, folder), values[name]):
            raise EngineError(f"engine: the program did not take its value of {name}; run it again.")


def _finite(name: str, array: NDArray[Any]) -> NDArray[Any]:
    if not np.all(np.isfinite(array)):
        raise EngineError(f"engine: {name} is not finite for {np.sum(~np.isfinite(array))} values; take a smaller dt.")
    return array
