"""The stimuli of the held-out experiment, read from tables that name their kind, and written back."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field, PlainSerializer, PlainValidator

from ...spiking import STIMULI, TimeVaryingInput
from ...spiking.stimuli import NoiseInput, PulsePair, Sinusoid, Step, Stimulus
from .described_table import read_described, write_described
from .mistakes import Mistakes, unknown_name
from .sections import Second, Section, stated_default

_PLACE = "dynamics.stimuli"

HELD_OUT: tuple[Stimulus, ...] = (
    Step(height=0.6),
    Step(height=-0.6),
    PulsePair(height=2.0),
    *(Sinusoid(frequency=frequency, amplitude=0.5) for frequency in (2.0, 5.0, 10.0, 20.0, 40.0)),
    NoiseInput(amplitude=0.4, time_constant="10 ms", seed=1),
)


def read_stimuli(given: Any) -> tuple[Stimulus, ...]:
    """Return the stimuli that a list of tables describes; stimuli that are objects already are kept.

    Raises
    ------
    Mistakes
        With one sentence for each thing that is wrong in any of them.
    """
    if isinstance(given, str) or not isinstance(given, Sequence) or not given:
        raise Mistakes([f"{_PLACE}: {given!r} does not fit, a list of tables with a kind is wanted."])
    mistakes: list[str] = []
    read = [_read(item, f"{_PLACE} (entry {i + 1})", mistakes) for i, item in enumerate(given)]
    if not mistakes:
        names = [item.name for item in read]
        repeated = dict.fromkeys(name for name in names if names.count(name) > 1)
        mistakes = [f"{_PLACE}: {name!r} is there twice; drop one." for name in repeated]
    if mistakes:
        raise Mistakes(mistakes)
    return tuple(read)


def _read(item: Any, place: str, mistakes: list[str]) -> Any:
    if type(item) in STIMULI.values():
        return item
    kind = item.get("kind") if isinstance(item, dict) else None
    if kind not in STIMULI:
        mistakes.append(f"{place}.kind: {unknown_name('kind of stimulus', str(kind), list(STIMULI))}")
        return None
    cls: Any = STIMULI[kind]
    return read_described(cls, {k: v for k, v in item.items() if k != "kind"}, place, mistakes)


def write_stimuli(stimuli: tuple[Stimulus, ...]) -> list[dict[str, Any]]:
    """Return the tables from which `read_stimuli` makes the same stimuli."""
    kinds: dict[Any, str] = {cls: kind for kind, cls in STIMULI.items()}
    return [{"kind": kinds[type(item)], **write_described(item)} for item in stimuli]


class DynamicsSection(Section):
    """The held-out experiment: stimuli that no estimate has seen, played to population and mass model."""

    enabled: bool = Field(default=True, description="Whether it is done.")
    channel: str = Field(default="excitatory", description='Afferent whose rate is modulated, or "current".')
    stimuli: Annotated[
        tuple[Stimulus, ...], PlainValidator(read_stimuli), PlainSerializer(write_stimuli, when_used="json")
    ] = Field(
        default=HELD_OUT,
        description="Tables with `kind` and its parameters; `mesobridge list stimuli` names the kinds.",
    )
    groups: int = Field(
        default=stated_default(TimeVaryingInput, "groups"), ge=3, description="Independent groups of cells."
    )
    cells_per_group: int = Field(default=300, ge=1, description="Cells in each group.")
    duration: Second = Field(
        default=stated_default(TimeVaryingInput, "duration"), description="Analysed time of each stimulus."
    )
    warm_up: Second = Field(default=stated_default(TimeVaryingInput, "warm_up"), description="Time before it.")
