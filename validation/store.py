"""Finished points on disk: whatever was simulated, predicted or fitted once is not done again, even after a kill.

A point is one call; its key is the content of its arguments and of the source files that could change its value. joblib
writes each result into a private file and renames it into place, so a killed run leaves whole points only.
"""

import hashlib
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import joblib
from platformdirs import user_cache_path

R = TypeVar("R")

_ROOT = Path(__file__).resolve().parent.parent


def cache_folder() -> Path:
    """Return the user's cache folder, or the one named by the environment variable MESOBRIDGE_CACHE."""
    named = os.environ.get("MESOBRIDGE_CACHE")
    return Path(named) if named else user_cache_path("mesobridge")


@cache
def code_version(*packages: str) -> str:
    """Return a digest of these source files, or of all in these folders: a point of other code is another point."""
    digest = hashlib.sha256()
    for package in sorted(packages):
        place = _ROOT / package
        for path in [place] if place.is_file() else sorted(place.rglob("*")):
            if path.suffix in {".py", ".toml", ".cpp", ".h", ".mplstyle"}:
                digest.update(path.relative_to(_ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


class Store:
    """Calls a function once for each set of arguments, then reads its result from disk."""

    def __init__(self, folder: Path | None = None) -> None:
        memory = joblib.Memory((folder or cache_folder()) / "points", verbose=0)
        self._calls: Any = memory.cache(_versioned, ignore=["ignored"])

    def call(
        self,
        function: Callable[..., R],
        *arguments: Any,
        packages: tuple[str, ...],
        ignored: dict[str, Any] | None = None,
    ) -> R:
        """Return ``function(*arguments, **ignored)``, from disk if it is there.

        ``packages`` are the folders whose code the result depends on; ``ignored`` are arguments that cannot change it.
        """
        if not self.has(function, *arguments, packages=packages):
            self._calls(function, arguments, code_version(*packages), ignored=ignored or {})
        # Also the first caller gets what lies on disk: equal values then lie equal in memory, so the key of what is
        # computed from them is the same in every run.
        return self._calls(function, arguments, code_version(*packages), ignored=ignored or {})

    def has(self, function: Callable[..., Any], *arguments: Any, packages: tuple[str, ...]) -> bool:
        """Tell whether the result of a call is on disk."""
        return self._calls.check_call_in_cache(function, arguments, code_version(*packages), ignored={})


def _versioned(function: Callable[..., Any], arguments: tuple[Any, ...], version: str, ignored: dict[str, Any]) -> Any:
    del version  # part of the key only
    return function(*arguments, **ignored)
