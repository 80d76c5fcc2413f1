"""The study file of a paired circuit: a spiking network and the mean field that was made of its parts beforehand."""

from collections.abc import Mapping
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Annotated, Any, Literal

import tomli_w
from pydantic import Field, ValidationError, field_validator, model_validator

from ...spiking import MECHANISMS
from ...spiking.circuits import Circuit, Stimulus, read_circuit
from ...spiking.circuits.library import CIRCUITS, circuit_file
from ...spiking.circuits.mistakes import CircuitError
from ...spiking.circuits.tables import read_table
from ...spiking.mechanisms import Mode
from ...spiking.spike_files import require_pynwb
from ...spiking.stimuli import STIMULI
from .mistakes import Mistakes, StudyError, sentences, unknown_name
from .quantity_type import InUnit
from .sections import ReportSection, Second, Section, SimulationSection
from .study import load_table

_OF_STIMULUS = ("name", "kind", "target", "channel", "current_unit")


class OpenLoopSection(Section):
    """How every population is measured alone, before the network runs."""

    levels: int = Field(default=11, ge=6, description="Steady currents about the operating point.")
    cells: int = Field(default=200, ge=20, description="Cells at each level.")
    duration: Second = Field(default=2.0, description="Analysed time at each level.")
    slots: int = Field(default=8, ge=1, description="Levels' worth of cells at the operating point itself.")
    reach: float = Field(
        default=3.0, gt=0.5, description="How far the levels go, in standard deviations of the potential."
    )
    motion_cells: int = Field(
        default=0, ge=0, description="Cells under noise on each input, for how rates move; at 0 they follow at once."
    )
    motion_duration: Second = Field(default=20.0, description="Analysed time of each input's noise.")


class ModulationSection(Section):
    """A mechanism applied to some populations of the circuit, or to all."""

    mechanism: str = Field(description="Identifier; `mesobridge list mechanisms` names all.")
    amount: float | str = Field(description="A factor, or text with a unit.")
    populations: tuple[str, ...] = Field(default=(), description="Names; every population without them.")
    mode: Mode = Field(default="review", description="Reading of the lever.")

    @property
    def label(self) -> str:
        """What reports call it."""
        where = f" ({', '.join(self.populations)})" if self.populations else ""
        amount = f" x{self.amount:g}" if isinstance(self.amount, float | int) else f" {self.amount}"
        return f"{self.mechanism}{amount}{where}"


class SweepSection(Section):
    """A background rate taken up and down again on both sides, the state carried along."""

    target: str = Field(description="Population whose background changes.")
    channel: str = Field(description="Name of its afferent.")
    factors: tuple[float, ...] = Field(
        min_length=3, description="Of the background rate, rising; a list, or a table of from, to and points."
    )
    hold: Second = Field(default=0.5, description="Time at each factor; means are over its second half.")
    repeats: int = Field(default=3, ge=2, description="Runs, each with connections and noise of its own.")
    modulated: bool = Field(default=True, description="Whether the sweep is repeated under every modulation.")
    draws: int = Field(
        default=20, ge=10, description="Mean fields with estimates drawn anew: the error of its critical points."
    )

    @field_validator("factors", mode="before")
    @classmethod
    def _evenly(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        if set(given) != {"from", "to", "points"} or not all(isinstance(v, int | float) for v in given.values()):
            raise ValueError(
                f"a table of factors has the numbers from, to and points; got {', '.join(map(str, given))}."
            )
        low, high, points = float(given["from"]), float(given["to"]), int(given["points"])
        if points < 3:
            raise ValueError(f"{points} points; a sweep needs at least 3.")
        # Rounded, so that the file says what is run.
        return tuple(round(low + (high - low) * k / (points - 1), 9) for k in range(points))


class PairingSection(Section):
    """What is done to both sides, and for how long."""

    duration: Second = Field(default=10.0, description="Analysed time of the stationary run.")
    warm_up: Second = Field(default=0.5, description="Time before it.")
    bin: Second = Field(default=1e-3, description="Width of the bins of all rates.")
    repeats: int = Field(default=8, ge=3, description="Runs of every stimulus, each with its own seed.")
    stimulus_duration: Second = Field(default=0.6, description="Analysed time of a run with a stimulus.")
    highest_frequency: Annotated[float, InUnit("Hz", above=0)] = Field(
        default=200.0, description="Up to which spectra are compared."
    )
    window: Second = Field(
        default=0.05, description="A window for pairwise correlations, beside those from 5 to 200 ms."
    )
    export_spikes: Literal["nwb"] | None = Field(
        default=None, description="Format in which the spikes of the untouched network at rest are written too."
    )
    two_moments: bool = Field(default=True, description="Whether theory with a moving variance is shown too.")
    start: dict[str, float] = Field(
        default={}, description="Rates (Hz) near the state that is meant, where a circuit has several."
    )
    stimuli: tuple[dict[str, Any], ...] = Field(
        default=(), description="Tables of kind, target, channel and the keys of the kind, as in a circuit."
    )
    drives: tuple[float, ...] = Field(
        default=(), description="Factors of every background rate at which steady rates are compared too."
    )
    drive_duration: Second = Field(default=3.0, description="Analysed time of each of these runs.")
    modulations: tuple[ModulationSection, ...] = Field(default=(), description="Mechanisms that act on the circuit.")
    sweep: SweepSection | None = None
    open_loop: OpenLoopSection = OpenLoopSection()


class CircuitStudy(Section):
    """A question to a circuit: whether a mean field that was frozen before the network runs does what the network does.

    Made by `read_circuit_study`; ``circuit`` is a table as `read_circuit` takes it, or ``library`` with ``sizes``.
    """

    title: str = Field(default="A spiking circuit beside its mean field", description="Heading of the report.")
    seed: int = Field(default=1, ge=0, lt=2**63, description="Fixes every random number.")
    circuit: dict[str, Any] = Field(description="Tables of the circuit, or library = a ready-made one and sizes.")
    pairing: PairingSection = PairingSection()
    simulation: SimulationSection = SimulationSection()
    report: ReportSection = ReportSection()

    @model_validator(mode="after")
    def _fits(self) -> "CircuitStudy":
        found = [*_stimulus_mistakes(self), *_modulation_mistakes(self), *_sweep_mistakes(self), *_start_mistakes(self)]
        if found:
            raise Mistakes(found)
        return self

    # Checked as a field of its own, so that its mistakes are told together with those of the other tables.
    @field_validator("circuit")
    @classmethod
    def _is_a_circuit(cls, table: dict[str, Any]) -> dict[str, Any]:
        found = [f"circuit.{sentence}" for sentence in _circuit_mistakes(table)]
        if found:
            raise Mistakes(found)
        return table

    @field_validator("pairing")
    @classmethod
    def _writable(cls, section: PairingSection) -> PairingSection:
        if section.export_spikes is not None:
            require_pynwb()
        return section

    @field_validator("pairing")
    @classmethod
    def _whole_bins(cls, section: PairingSection) -> PairingSection:
        if section.bin > section.duration / 100:
            raise ValueError(f"bin {section.bin:g} s leaves fewer than 100 bins in {section.duration:g} s; shorten it.")
        return section

    @cached_property
    def built(self) -> Circuit:
        """The circuit."""
        return _built(self.circuit)

    def stimuli(self) -> tuple[tuple[str, Stimulus], ...]:
        """Return the name and the stimulus of every run with a stimulus."""
        return tuple(
            (str(table.get("name", f"stimulus {number + 1}")), _stimulus(table, "", []))
            for number, table in enumerate(self.pairing.stimuli)
        )  # type: ignore[misc]  # checked at birth

    def resolved_toml(self) -> str:
        """Return the study as a file with every default written out; reading it gives an equal study."""
        return tomli_w.dumps(self.model_dump(mode="json", exclude_none=True, by_alias=True))


def _built(table: Mapping[str, Any]) -> Circuit:
    if "library" not in table:
        return read_circuit({"name": "circuit", **table})
    circuit = read_circuit(circuit_file(table["library"]))
    for name, size in table.get("sizes", {}).items():
        circuit = circuit.with_population(name, size=size)
    return circuit


def _circuit_mistakes(table: Mapping[str, Any]) -> list[str]:
    if "library" in table:
        unknown = [unknown_name("key", key, ("library", "sizes")) for key in table if key not in ("library", "sizes")]
        if unknown:
            return unknown
        if table["library"] not in CIRCUITS:
            return [f"library: {unknown_name('circuit', str(table['library']), list(CIRCUITS))}"]
    if table.get("stimuli"):
        return ["stimuli: a paired circuit is stimulated in runs of their own; move the tables to pairing.stimuli."]
    try:
        _built(table)
    except CircuitError as error:
        return [sentence.strip() for sentence in str(error).splitlines()[1:]] or [str(error)]
    except ValueError as error:
        return [f"sizes: {error}"]
    return []


def _stimulus(table: Mapping[str, Any], place: str, mistakes: list[str]) -> Stimulus | None:
    """Return the stimulus of a table, or None after noting what is wrong with it."""
    kind = table.get("kind")
    if kind not in STIMULI:
        mistakes.append(f"{place}.kind: {unknown_name('kind of stimulus', str(kind), list(STIMULI))}")
        return None
    if "target" not in table:
        mistakes.append(f"{place}.target: is missing; it has no default.")
        return None
    cls: Any = STIMULI[kind]
    waveform = read_table(cls, {k: v for k, v in table.items() if k not in _OF_STIMULUS}, place, mistakes)
    if waveform is None:
        return None
    given = {key: table[key] for key in ("target", "channel", "current_unit") if key in table}
    try:
        return Stimulus(**given, waveform=waveform)
    except ValueError as error:
        mistakes.append(f"{place}: {error}")
        return None


def _stimulus_mistakes(study: CircuitStudy) -> list[str]:
    found: list[str] = []
    for number, table in enumerate(study.pairing.stimuli):
        place = f"pairing.stimuli (entry {number + 1})"
        stimulus = _stimulus(table, place, found)
        if stimulus is not None:
            try:
                study.built.with_stimuli(stimulus)
            except ValueError as error:
                found.append(f"{place}: {error}")
    return found


def _modulation_mistakes(study: CircuitStudy) -> list[str]:
    found: list[str] = []
    for number, asked in enumerate(study.pairing.modulations):
        place = f"pairing.modulations (entry {number + 1})"
        if asked.mechanism not in MECHANISMS:
            found.append(f"{place}.mechanism: {unknown_name('mechanism', asked.mechanism, list(MECHANISMS))}")
            continue
        try:
            modulated(study.built, asked)
        except ValueError as error:
            found.append(f"{place}: {error}")
    labels = [asked.label for asked in study.pairing.modulations]
    found += [f"pairing.modulations: {label} is there twice; drop one." for label in sorted(_twice(labels))]
    return found


def _twice(labels: list[str]) -> set[str]:
    return {label for label in labels if labels.count(label) > 1}


def _sweep_mistakes(study: CircuitStudy) -> list[str]:
    sweep = study.pairing.sweep
    if sweep is None:
        return []
    found = []
    if min(sweep.factors) < 0:
        found.append("pairing.sweep.factors: a rate cannot be negative; give factors >= 0.")
    if list(sweep.factors) != sorted(set(sweep.factors)):
        found.append("pairing.sweep.factors: they do not rise; sort them and give each once, the way down is added.")
    if sweep.target not in study.built.names:
        return [*found, f"pairing.sweep.target: {unknown_name('population', sweep.target, study.built.names)}"]
    known = [afferent.name for afferent in study.built.population(sweep.target).population.afferents]
    if sweep.channel not in known:
        found.append(f"pairing.sweep.channel: {unknown_name('afferent', sweep.channel, known)}")
    return found


def _start_mistakes(study: CircuitStudy) -> list[str]:
    start, names = study.pairing.start, study.built.names
    if start and set(start) != set(names):
        return [f"pairing.start: has {', '.join(start)}; give a rate for each of {', '.join(names)}, or none at all."]
    return []


def modulated(circuit: Circuit, asked: ModulationSection) -> Circuit:
    """Return the circuit with a mechanism applied."""
    return circuit.with_modulation(asked.mechanism, asked.amount, asked.populations or None, asked.mode)


def is_circuit_study(source: Any) -> bool:
    """Tell whether a file, a mapping or a study is one of a circuit: it has a table ``circuit``.

    Raises
    ------
    StudyError
        If the file cannot be read.
    """
    if isinstance(source, CircuitStudy):
        return True
    if isinstance(source, Mapping):
        return "circuit" in source
    return isinstance(source, str | PathLike) and "circuit" in load_table(Path(source))


def read_circuit_study(source: "str | PathLike[str] | Mapping[str, Any] | CircuitStudy") -> CircuitStudy:
    """Read the study of a circuit and check it whole.

    Raises
    ------
    StudyError
        With every mistake in it, each with its place.
    """
    if isinstance(source, CircuitStudy):
        return source
    table, name = (dict(source), "study") if isinstance(source, Mapping) else (load_table(Path(source)), str(source))
    try:
        return CircuitStudy.model_validate(table)
    except ValidationError as error:
        raise StudyError(name, [sentence.removeprefix(": ") for sentence in sentences(error, CircuitStudy)]) from None
