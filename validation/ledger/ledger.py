"""The ledger: experiments are run, finished points are reused, and every statement is judged by what they found."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...spiking.engine import Machine
from ..progress import Progress, Silence
from ..simulations import Laboratory
from ..store import Store
from .bench import Settings
from .effect import Effect
from .experiments import EXPERIMENTS
from .experiments.experiment import Experiment
from .judge import Judged, judge
from .statement import Statement, read_statements


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """Every statement with its verdict, and how it was made; ``seconds`` and ``portraits`` are by experiment."""

    rows: tuple[Judged, ...]
    settings: Settings
    seconds: dict[str, float]
    portraits: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def row(self, identifier: str) -> Judged:
        """Return the row of a statement.

        Raises
        ------
        ValueError
            If the ledger has no such statement.
        """
        for row in self.rows:
            if row.statement.id == identifier:
                return row
        raise ValueError(
            f"ledger: no statement {identifier!r}; it has: {', '.join(r.statement.id for r in self.rows)}."
        )


def ledger(
    *,
    seed: int = 1,
    level: float = 0.95,
    effort: float = 1.0,
    receptors: str | Path | None = None,
    only: Iterable[str] = (),
    machine: Machine | None = None,
    progress: Progress | None = None,
) -> Ledger:
    """Measure and judge the testable statements of shine2021.

    Parameters
    ----------
    seed : int
        Fixes every random number.
    level : float
        Confidence level of the intervals and tests.
    effort : float
        Factor on the number of simulated cells; 1 is the default precision.
    receptors : path, optional
        Folder with the receptor densities; see ``receptor_data``.
    only : iterable of str
        Names of the experiments to run; all unless given.
    machine, progress
        As in ``run``.

    Returns
    -------
    Ledger
    """
    folder = None if receptors is None else Path(receptors)
    settings = Settings(seed=seed, level=level, effort=effort, receptors=folder)
    laboratory = Laboratory(machine=(machine or Machine()).resolved(), store=Store(), progress=progress or Silence())
    return make_ledger(laboratory, settings, only=tuple(only))


def make_ledger(laboratory: Laboratory, settings: Settings, *, only: Sequence[str] = ()) -> Ledger:
    """Run the experiments and judge the statements that rest on them.

    Raises
    ------
    ValueError
        If ``only`` names an unknown experiment.
    """
    if unknown := sorted(set(only) - set(EXPERIMENTS)):
        raise ValueError(f"ledger: no experiment {unknown[0]!r}; there are: {', '.join(EXPERIMENTS)}.")
    chosen = [experiment for name, experiment in EXPERIMENTS.items() if not only or name in only]
    effects, portraits, seconds = _run(chosen, laboratory, settings)
    rows = [
        _judged(statement, effects[statement.experiment], settings.level)
        for statement in read_statements()
        if statement.experiment in effects
    ]
    return Ledger(rows=tuple(rows), settings=settings, seconds=seconds, portraits=portraits)


def _run(
    chosen: Sequence[Experiment], laboratory: Laboratory, settings: Settings
) -> tuple[dict[str, list[Effect]], dict[str, dict[str, Any]], dict[str, float]]:
    """Run experiments one after the other, and say after each how long the rest will take."""
    effects: dict[str, list[Effect]] = {}
    portraits: dict[str, dict[str, Any]] = {}
    seconds: dict[str, float] = {}
    whole = sum(experiment.weight for experiment in chosen)
    done, begun = 0.0, time.monotonic()
    for number, experiment in enumerate(chosen, start=1):
        started = time.monotonic()
        effects[experiment.name] = experiment.run(laboratory, settings)
        if experiment.portrait is not None:
            portraits[experiment.name] = experiment.portrait(laboratory, settings)
        seconds[experiment.name] = time.monotonic() - started
        done += experiment.weight
        left = (time.monotonic() - begun) * (whole - done) / done
        words = f"about {left:.0f} s left" if number < len(chosen) else f"done in {time.monotonic() - begun:.0f} s"
        laboratory.progress.note(f"Claims ledger: {number} of {len(chosen)} experiments, {words}.")
    return effects, portraits, seconds


def _judged(statement: Statement, effects: Iterable[Effect], level: float) -> Judged:
    found = {effect.domain: effect for effect in effects if effect.observable == statement.observable}
    return judge(statement, found, level)
