"""How a long run tells what it does: a bar with the time left on a terminal, plain lines elsewhere, or nothing."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress


class Progress(Protocol):
    """Receives what a run does; every method may be called from any thread."""

    def stage(self, name: str, total: int) -> None:
        """Begin a stage of ``total`` equal steps."""
        ...

    def advance(self, steps: int = 1) -> None:
        """Say that ``steps`` of the present stage are done."""
        ...

    def note(self, sentence: str) -> None:
        """Say something that the user should read, such as a fallback."""
        ...


class Silence:
    """Says nothing."""

    def stage(self, name: str, total: int) -> None:
        """Do nothing."""

    def advance(self, steps: int = 1) -> None:
        """Do nothing."""

    def note(self, sentence: str) -> None:
        """Do nothing."""


class Lines:
    """Plain lines for a log file: one when a stage begins, one when it ends, and one now and then between."""

    def __init__(self, stream: TextIO, *, every: float = 10.0) -> None:
        self._stream, self._every, self._lock = stream, every, threading.RLock()
        self._name, self._total, self._done = "", 0, 0
        self._begun = self._spoken = time.monotonic()

    def stage(self, name: str, total: int) -> None:
        """Say which stage begins and how many steps it has."""
        with self._lock:
            self._name, self._total, self._done = name, total, 0
            self._begun = self._spoken = time.monotonic()
            self.note(f"{name}: {total} to do")

    def advance(self, steps: int = 1) -> None:
        """Say how much is done and how long the rest will take, if it is time to speak."""
        with self._lock:
            self._done += steps
            now = time.monotonic()
            finished = self._done >= self._total
            if finished or now - self._spoken >= self._every:
                self._spoken, elapsed = now, now - self._begun
                left = elapsed * (self._total - self._done) / self._done
                tail = f"done in {elapsed:.0f} s" if finished else f"about {left:.0f} s left"
                self.note(f"{self._name}: {self._done}/{self._total}, {tail}")

    def note(self, sentence: str) -> None:
        """Write one line at once."""
        with self._lock:
            print(sentence, file=self._stream, flush=True)


class Bar:
    """A bar for each stage on a terminal, with the time left."""

    def __init__(self, display: RichProgress) -> None:
        self._display = display
        self._task = None

    def stage(self, name: str, total: int) -> None:
        """Begin a new bar below the finished ones."""
        self._task = self._display.add_task(name, total=total)

    def advance(self, steps: int = 1) -> None:
        """Move the present bar."""
        if self._task is not None:
            self._display.advance(self._task, steps)

    def note(self, sentence: str) -> None:
        """Print a line above the bars."""
        self._display.console.print(sentence, markup=False, highlight=False)


@contextmanager
def progress_on(stream: TextIO) -> Iterator[Progress]:
    """Yield a bar if ``stream`` is a terminal, plain lines if it is not."""
    if not stream.isatty():
        yield Lines(stream)
        return
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with RichProgress(*columns, console=Console(file=stream)) as display:
        yield Bar(display)
