"""From a structure to a program: code generation, compilation, and the cache of compiled programs.

A program is built in a private folder and moved into the cache whole, so that two processes can build the same program
at once and a killed build leaves nothing that counts: a folder without a manifest does not exist.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import cache
from importlib.metadata import version
from pathlib import Path

from .circuit_structure import CircuitStructure
from .errors import EngineError
from .machine import Machine, compiler, compiler_version, resolved_architecture
from .network_sizes import CELLS, ENSEMBLES, INTERPRETED_CELLS
from .program import Program, file_digest
from .structure import Structure

# -D__FAST_MATH__ lets glibc serve exp and log from its vector library although NaN is still told apart; the last flag
# lets gcc vectorise a loop over many arrays.
FLAGS = (
    "-std=c++11", "-w", "-O3", "-march=native", "-ffast-math", "-fno-finite-math-only", "-D__FAST_MATH__",
    "--param=vect-max-version-for-alias-checks=1000",
)  # fmt: skip

_locks: dict[str, threading.Lock] = {}
_locks_lock = threading.Lock()


def program_for(structure: Structure | CircuitStructure, machine: Machine) -> Program:
    """Return the program of a structure on a resolved machine, built now unless the cache has it.

    Raises
    ------
    EngineError
        If code generation or compilation fails.
    """
    key = _structure_key(structure, machine.target)
    with _locks_lock:
        lock = _locks.setdefault(f"{machine.cache_folder} {key}", threading.Lock())
    with lock:
        if machine.target != "cpp_standalone":
            return _interpreted(structure, machine, key)
        return _known(machine, key) or _build(structure, machine, key)


@cache
def _package_digest() -> str:
    """Hash of the engine's own code: a changed text of the model must never meet an old program."""
    folder = Path(__file__).parent
    sources = sorted([*folder.glob("*.py"), *folder.glob("*.h")])
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()


def _toolchain() -> str:
    path = compiler()
    if path is None:
        return "none"
    return " ".join([path, compiler_version(path), resolved_architecture(path), *supported_flags(path)])


def _structure_key(structure: Structure | CircuitStructure, target: str) -> str:
    parts = (
        structure.digest,
        target,
        _package_digest(),
        version("brian2"),
        version("numpy"),
        sys.version,
        _toolchain(),
        CELLS,
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


@cache
def supported_flags(path: str) -> tuple[str, ...]:
    """Return the flags that this compiler takes."""
    return tuple(flag for flag in FLAGS if _compiles(path, flag))


def _compiles(path: str, flag: str) -> bool:
    command = [path, flag, "-x", "c++", "-", "-c", "-o", os.devnull]
    return (
        subprocess.run(
            command, input="int main() { return 0; }", text=True, capture_output=True, check=False
        ).returncode
        == 0
    )


def _interpreted(structure: Structure | CircuitStructure, machine: Machine, key: str) -> Program:
    folder = machine.cache_folder / "interpreted" / key
    if not (folder / "structure.json").exists():
        private = _private_folder(machine)
        _describe(structure, private)
        _move_into_place(private, folder, "structure.json")
        shutil.rmtree(private, ignore_errors=True)
    child = (sys.executable, "-m", f"{__package__}.child", "run", machine.target, str(folder / "structure.json"))
    return Program(child, folder, INTERPRETED_CELLS, ENSEMBLES, padded=False)


def _describe(structure: Structure | CircuitStructure, folder: Path) -> None:
    (folder / "brian_preferences").write_text("logging.file_log = False\nlogging.save_script = False\n")
    (folder / "structure.json").write_text(json.dumps(asdict(structure)))


def _known(machine: Machine, key: str) -> Program | None:
    """Return the program that this structure was once compiled to, if it is whole."""
    pointer = machine.cache_folder / "structures" / key
    if not pointer.exists():
        return None
    return _opened(machine.cache_folder / "programs" / pointer.read_text())


def _opened(folder: Path) -> Program | None:
    manifest = folder / "manifest.json"
    if not manifest.exists():
        return None
    values = json.loads(manifest.read_text())
    return Program((str(folder / "main"),), folder, values["cells"], values["ensembles"], values["digest"])


def _build(structure: Structure | CircuitStructure, machine: Machine, key: str) -> Program:
    private = _private_folder(machine)
    try:
        _describe(structure, private)
        _call([sys.executable, "-m", f"{__package__}.child", "generate", str(private)], private, "code generation")
        folder = machine.cache_folder / "programs" / _source_key(private)
        if _opened(folder) is None:
            _compile(private)
            manifest = {
                "cells": CELLS,
                "ensembles": ENSEMBLES,
                "digest": file_digest(private / "main"),
                "toolchain": _toolchain(),
            }
            (private / "manifest.json").write_text(json.dumps(manifest))
            _move_into_place(private, folder, "manifest.json")
        _point(machine.cache_folder / "structures" / key, folder.name)
    finally:
        shutil.rmtree(private, ignore_errors=True)
    program = _opened(folder)
    if program is None:
        raise EngineError(f"engine: the program in {folder} is not whole; delete that folder and run again.")
    return program


def _private_folder(machine: Machine) -> Path:
    building = machine.cache_folder / "building"
    building.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(dir=building))


def _move_into_place(private: Path, folder: Path, proof: str) -> None:
    """Rename a folder to its name in the cache; whoever comes second finds it there, with its ``proof``."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    if folder.exists() and not (folder / proof).exists():
        shutil.rmtree(folder)
    try:
        private.rename(folder)
    except OSError:
        if not (folder / proof).exists():
            raise


def _point(pointer: Path, name: str) -> None:
    pointer.parent.mkdir(parents=True, exist_ok=True)
    draft = pointer.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
    draft.write_text(name)
    draft.replace(pointer)


def _sources(folder: Path) -> list[Path]:
    return sorted(
        path for path in folder.rglob("*") if path.suffix in (".cpp", ".h") or path.parent.name == "static_arrays"
    )


def _source_key(folder: Path) -> str:
    """Hash of the generated sources and of everything that decides what they are compiled to."""
    digest = hashlib.sha256(f"{_toolchain()} {version('brian2')}".encode())
    for path in [*_sources(folder), folder / "arrays.json"]:
        digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:32]


def _compile(folder: Path) -> None:
    path = compiler()
    if path is None:
        raise EngineError("engine: no C++ compiler; install g++ or choose the NumPy target.")
    flags = supported_flags(path)
    sources = [source for source in _sources(folder) if source.suffix == ".cpp"]
    objects = [source.with_suffix(".o") for source in sources]

    def compile_one(pair: tuple[Path, Path]) -> None:
        source, compiled = pair
        level = [] if source.parent.name == "code_objects" else ["-O0"]  # the rest reads, writes and counts steps
        _call(
            [path, *flags, *level, "-I.", "-c", str(source), "-o", str(compiled)],
            folder,
            f"compilation of {source.name}",
        )

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(compile_one, zip(sources, objects, strict=True)))
    _call([path, "-O3", "-ffast-math", *map(str, objects), "-o", str(folder / "main")], folder, "linking")
    for left_over in objects:
        left_over.unlink()


def _call(command: list[str], folder: Path, what: str) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise EngineError(
            f"{what} failed with status {done.returncode}: {(done.stderr or done.stdout).strip()[-2000:]}"
        )
