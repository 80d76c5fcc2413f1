"""Where and how simulations run on this computer."""

import functools
import os
import platform
import shutil
import subprocess
import warnings
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Literal

from platformdirs import user_cache_path

from .errors import EngineError
from .structure import Precision

Target = Literal["cpp_standalone", "cython", "numpy"]


def default_cache_folder() -> Path:
    """Return the folder of compiled programs: ``MESOBRIDGE_CACHE``, or the user's cache folder."""
    return Path(os.environ.get("MESOBRIDGE_CACHE") or user_cache_path("mesobridge"))


def available_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, kw_only=True)
class Machine:
    """Brian2 target, floating-point precision, number of programs at a time, and folder of compiled programs.

    ``precision`` holds for spiking experiments; probe experiments always run in float64, since a response is a small
    difference of two potentials.
    """

    target: Target = "cpp_standalone"
    precision: Precision = "float64"
    workers: int = field(default_factory=available_cores)
    cache_folder: Path = field(default_factory=default_cache_folder)

    def __post_init__(self) -> None:
        if self.workers < 1:
            raise EngineError(f"Machine.workers: {self.workers}; at least 1 program must run at a time.")
        for value, known in (
            (self.target, ("cpp_standalone", "cython", "numpy")),
            (self.precision, ("float64", "float32")),
        ):
            if value not in known:
                raise EngineError(f"Machine: {value!r} is not known; choose one of {', '.join(known)}.")

    def resolved(self) -> "Machine":
        """Return the machine as it can be had: with a warning, NumPy in place of C++ where there is no compiler."""
        if self.target == "numpy" or compiler() is not None:
            return self
        _warn_once(self.target)
        return replace(self, target="numpy")


@functools.cache
def _warn_once(target: str) -> None:
    warnings.warn(
        f"No C++ compiler was found, so that simulations run on the much slower NumPy target instead of {target}; "
        "install g++, or set CXX to a compiler.",
        stacklevel=4,
    )


@functools.cache
def compiler() -> str | None:
    """Return the path of the C++ compiler: ``CXX``, g++, clang++ or c++; None without any."""
    names = (os.environ.get("CXX"), "g++", "clang++", "c++")
    return next((found for name in names if name and (found := shutil.which(name))), None)


def _answer(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    return done.stdout if done.returncode == 0 else ""


@functools.cache
def compiler_version(path: str) -> str:
    """Return the first line of what the compiler says about itself."""
    lines = _answer(path, "--version").splitlines()
    return lines[0] if lines else "unknown"


@functools.cache
def resolved_architecture(path: str) -> str:
    """Return what ``-march=native`` means here, as the compiler resolves it, with the processor's name."""
    options = _answer(path, "-march=native", "-Q", "--help=target").split()
    resolved = [after for word, after in pairwise(options) if word in ("-march=", "-mtune=")]
    return " ".join([platform.machine(), processor(), *resolved])


@functools.cache
def processor() -> str:
    """Return the processor's model and the instruction sets it offers, as the system tells them."""
    described = Path("/proc/cpuinfo")
    if not described.exists():
        return platform.processor()
    wanted = ("model name", "cpu family", "model\t", "flags")
    lines = described.read_text().split("\n\n")[0].splitlines()
    return " ".join(line.split(":", 1)[1].strip() for line in lines if line.startswith(wanted))


def describe_machine(machine: Machine | None = None) -> dict[str, str]:
    """Return the facts that decide how simulations run here: compiler, target, cache folder, versions, free disk."""
    asked = machine or Machine()
    path = compiler()
    target = asked.target if path or asked.target == "numpy" else "numpy (no C++ compiler found)"
    folder = asked.cache_folder
    parent = next(parent for parent in (folder, *folder.parents) if parent.exists())
    return {
        "compiler": path or "none",
        "compiler version": compiler_version(path) if path else "none",
        "target": target,
        "precision": asked.precision,
        "workers": str(asked.workers),
        "cache folder": str(folder),
        "free disk": f"{shutil.disk_usage(parent).free / 1e9:.1f} GB",
        "brian2": version("brian2"),
        "numpy": version("numpy"),
        "python": platform.python_version(),
    }
