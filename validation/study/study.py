"""The study file: what is asked, checked as a whole before anything runs."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from os import PathLike
from pathlib import Path
from typing import Annotated, Any

import tomli_w
from pydantic import Field, PlainSerializer, PlainValidator, ValidationError, field_validator

from ...spiking import MECHANISMS, Population
from .combination import CombinationSection
from .mistakes import Mistakes, StudyError, sentences, unknown_name
from .population import build_population, write_population
from .sections import (
    CalibrationSection,
    KernelSection,
    LedgerSection,
    MechanismSection,
    OperatingSection,
    RateKernelSection,
    ReportSection,
    Section,
    SigmoidSection,
    SimulationSection,
)
from .stimuli import DynamicsSection

BUILTIN = Path(__file__).with_name("builtin.toml")


def _supports(population: Population, request: MechanismSection) -> list[str]:
    """Return what stands in the way of a mechanism at each of its amounts; nothing if it can act."""
    found: list[str] = []
    for amount in request.amounts:
        try:
            MECHANISMS[request.id].apply(population, amount, request.mode)
        except ValueError as error:
            found.append(str(error))
    return list(dict.fromkeys(found))


def _available(population: Population) -> tuple[MechanismSection, ...]:
    requests = (MechanismSection(id=mechanism.id) for mechanism in MECHANISMS.values() if mechanism.standard)
    return tuple(request for request in requests if not _supports(population, request))


class Study(Section):
    """A question to the package: a population, the levers that act on it, and how precisely to look.

    Made by `read_study`; every key has its default, and every quantity is an SI float.
    """

    title: str = Field(default="Neuromodulation of one population", description="Heading of the report.")
    seed: int = Field(default=1, ge=0, lt=2**63, description="Fixes every random number.")
    population: Annotated[
        Population, PlainValidator(build_population), PlainSerializer(write_population, when_used="json")
    ] = Field(default="e1", description="Name of a ready-made population, or a table.")  # type: ignore[assignment]
    combinations: tuple[CombinationSection, ...] = Field(
        default=(), description="Pairs of levers of which the joint effect is studied."
    )
    mechanisms: tuple[MechanismSection, ...] = Field(
        default=(),
        description="Levers to study; without them, those of the combinations, or else all standard ones that can act.",
    )
    sigmoid: SigmoidSection = SigmoidSection()
    operating: OperatingSection = OperatingSection()
    kernel: KernelSection = KernelSection()
    dynamics: DynamicsSection = DynamicsSection()
    rate_kernel: RateKernelSection = RateKernelSection()
    calibration: CalibrationSection | None = None
    ledger: LedgerSection = LedgerSection()
    simulation: SimulationSection = SimulationSection()
    report: ReportSection = ReportSection()

    @field_validator("combinations")
    @classmethod
    def _can_act_together(cls, pairs: tuple[CombinationSection, ...], info: Any) -> tuple[CombinationSection, ...]:
        population = info.data.get("population")
        if population is None:
            return pairs
        found = [
            f"combinations (entry {i + 1}): {sentence}"
            for i, pair in enumerate(pairs)
            for sentence in _support_each_other(population, pair)
        ]
        if found := found + _combined_twice(pairs):
            raise Mistakes(found)
        return pairs

    @field_validator("mechanisms")
    @classmethod
    def _can_act(cls, requests: tuple[MechanismSection, ...], info: Any) -> tuple[MechanismSection, ...]:
        population = info.data.get("population")
        if population is None:  # its own mistakes are already noted
            return requests
        found = [
            f"mechanisms (entry {i + 1}): {sentence}"
            for i, request in enumerate(requests)
            for sentence in _supports(population, request)
        ]
        found += _repeated(requests)
        if found:
            raise Mistakes(found)
        return requests if requests or info.data.get("combinations") else _available(population)

    @field_validator("sigmoid", "kernel", "dynamics", "rate_kernel")
    @classmethod
    def _channel_exists(cls, section: Any, info: Any) -> Any:
        population = info.data.get("population")
        used = getattr(section, "enabled", True)
        key = "afferent" if isinstance(section, KernelSection) else "channel"
        if population is None or not used:
            return section
        known = [a.name for a in population.afferents] + ([] if key == "afferent" else ["current"])
        if getattr(section, key) not in known:
            raise Mistakes([f"{info.field_name}.{key}: {unknown_name('afferent', getattr(section, key), known)}"])
        return section

    @field_validator("calibration")
    @classmethod
    def _cell_has(cls, section: CalibrationSection | None, info: Any) -> CalibrationSection | None:
        population = info.data.get("population")
        if section is not None and population is not None:
            known = list(_numbers_of(population.cell))
            unknown = [name for name in section.parameters if name not in known]
            if unknown:
                found = (unknown_name("cell parameter", name, known) for name in unknown)
                raise Mistakes([f"calibration.parameters: {sentence}" for sentence in found])
        return section

    def resolved_toml(self) -> str:
        """Return the study as a file with every default written out; reading it gives an equal study."""
        return tomli_w.dumps(self.model_dump(mode="json", exclude_none=True, by_alias=True))


def _numbers_of(thing: Any, within: str = "") -> Iterator[str]:
    """Yield the names of the quantities of a cell, those of its parts with a dot: ``rectifier.decay``."""
    for item in fields(thing):
        value = getattr(thing, item.name)
        if isinstance(value, float):
            yield within + item.name
        elif is_dataclass(value):
            yield from _numbers_of(value, f"{within}{item.name}.")


def _repeated(requests: tuple[MechanismSection, ...]) -> list[str]:
    seen: set[tuple[str, str, float]] = set()
    found: list[str] = []
    for i, request in enumerate(requests):
        for amount in request.amounts:
            if (request.id, request.mode, amount) in seen:
                found.append(f"mechanisms (entry {i + 1}): {request.id} at {amount:g} is there twice; drop one.")
            seen.add((request.id, request.mode, amount))
    return found


def _support_each_other(population: Population, pair: CombinationSection) -> list[str]:
    """Return what stands in the way of a combination: of a lever alone, else of the second after the first."""
    first, second = pair.parts
    alone = [*_supports(population, first), *_supports(population, second)]
    if alone:
        return list(dict.fromkeys(alone))
    changed = {amount: MECHANISMS[first.id].apply(population, amount, first.mode) for amount in first.amounts}
    return [
        f"after {first.id} at {amount:g}, {sentence}"
        for amount, each in changed.items()
        for sentence in _supports(each, second)
    ]


def _combined_twice(pairs: tuple[CombinationSection, ...]) -> list[str]:
    """Return the combinations that are there twice; the other order is another combination, since it may matter."""
    seen: set[tuple[tuple[str, str, float], ...]] = set()
    found: list[str] = []
    for i, pair in enumerate(pairs):
        first, second = ([(part.id, part.mode, amount) for amount in part.amounts] for part in pair.parts)
        for both in ((a, b) for a in first for b in second):
            if both in seen:
                words = " with ".join(f"{name} at {amount:g}" for name, _, amount in both)
                found.append(f"combinations (entry {i + 1}): {words} is there twice; drop one.")
            seen.add(both)
    return found


def read_study(source: "str | PathLike[str] | Mapping[str, Any] | Study") -> Study:
    """Read a study and check it whole.

    Parameters
    ----------
    source : path, mapping or Study
        A TOML file, or the same keys as a dictionary.

    Raises
    ------
    StudyError
        With every mistake in it, each with its place.
    """
    if isinstance(source, Study):
        return source
    table, name = (dict(source), "study") if isinstance(source, Mapping) else (load_table(Path(source)), str(source))
    try:
        return Study.model_validate(table)
    except ValidationError as error:
        raise StudyError(name, sentences(error, Study)) from None


def builtin_study() -> Study:
    """Return the study that runs when none is given: every lever of shine2021 on the regular-spiking population."""
    return read_study(BUILTIN)


def load_table(path: Path) -> dict[str, Any]:
    """Return the tables of a study file.

    Raises
    ------
    StudyError
        If it cannot be read or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise StudyError(str(path), [f"cannot be read ({error.strerror}); check the path."]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StudyError(str(path), [f"is not a TOML file: {error}."]) from None
