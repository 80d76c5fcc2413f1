"""The tables of a study file below the population: one class each, with the default and the meaning of every key."""

from dataclasses import fields
from typing import Annotated, Any, Literal

from pydantic import Field, field_serializer, field_validator, model_validator

from ...spiking import MECHANISMS, ProbeSpikes, TimeVaryingInput
from ...spiking.mechanisms import Mode
from ...units import to_si, to_text
from .dose import DoseSection
from .mistakes import unknown_name
from .quantity_type import InUnit
from .section import Section as Section

Volt = Annotated[float, InUnit("V")]
PositiveVolt = Annotated[float, InUnit("V", above=0)]
Second = Annotated[float, InUnit("s", above=0)]
PositiveNumber = Annotated[float, InUnit("1", above=0)]
Hertz = Annotated[float, InUnit("Hz")]
Ampere = Annotated[float, InUnit("A")]


def stated_default(experiment: type, name: str) -> Any:
    """Return the default that an experiment states itself: one fact, one place."""
    return next(item.default for item in fields(experiment) if item.name == name)


class MechanismSection(Section):
    """One cellular lever and the amounts at which it is studied."""

    id: str = Field(description="Identifier; `mesobridge list mechanisms` names all.")
    mode: Mode = Field(
        default="review",
        description='The lever as the review names it ("review"), its channel-level reading ("bio"), or a further one.',
    )
    dose: DoseSection | None = Field(default=None, description="A range of amounts in place of `amounts`.")
    amounts: tuple[float, ...] = Field(
        default=(),
        description="Factors, or text with a unit; `amount` for a single one; without, the two of the reading itself.",
    )

    @model_validator(mode="before")
    @classmethod
    def _in_short(cls, given: Any) -> Any:
        if isinstance(given, str):
            return {"id": given}
        if isinstance(given, dict) and "amount" in given and "amounts" not in given:
            return {("amounts" if key == "amount" else key): value for key, value in given.items()}
        return given

    @field_validator("id")
    @classmethod
    def _known(cls, identifier: str) -> str:
        if identifier not in MECHANISMS:
            raise ValueError(unknown_name("mechanism", identifier, list(MECHANISMS)))
        return identifier

    @field_validator("dose")
    @classmethod
    def _range_of_the_mechanism(cls, dose: DoseSection | None, info: Any) -> DoseSection | None:
        if dose is not None and info.data.get("id") in MECHANISMS:
            dose.amounts(MECHANISMS[info.data["id"]])
        return dose

    @field_validator("amounts", mode="before")
    @classmethod
    def _in_the_unit_of_the_mechanism(cls, given: Any, info: Any) -> Any:
        mechanism, mode = MECHANISMS.get(info.data.get("id", "")), info.data.get("mode")
        if mechanism is None or mode is None or "dose" not in info.data:  # which is already a mistake of its own
            return ()
        listed = tuple(
            to_si(amount, mechanism.unit, "value")
            for amount in (given if isinstance(given, (list, tuple)) else [given])
        )
        if info.data["dose"] is None:
            return listed or mechanism.reading(mode).amounts
        ranged = info.data["dose"].amounts(mechanism)
        if listed and listed != ranged:
            raise ValueError("differ from those of dose; give one of the two.")
        return ranged

    @field_serializer("amounts", when_used="json")
    def _write(self, amounts: tuple[float, ...]) -> list[Any]:
        unit = MECHANISMS[self.id].unit
        return [amount if unit == "1" else to_text(amount, unit) for amount in amounts]


class Precision(Section):
    """Standard errors at which sampling of the sigmoid stops."""

    v50: PositiveVolt = Field(default=0.0002, description="Standard error of the half-maximum potential.")
    width: PositiveVolt = Field(default=0.0002, description="Standard error of the width.")
    q_max: PositiveNumber = Field(default=0.02, description="Standard error of q_max, relative to it.")
    skew: PositiveNumber = Field(default=0.03, description="Standard error of the quantile asymmetry.")


class SigmoidSection(Section):
    """How the population sigmoid is measured and fitted."""

    channel: str = Field(
        default="current", description='What drives the population: "current" or the name of an afferent.'
    )
    v_min: Volt = Field(default=-0.020, description="Lowest mean free potential, relative to the threshold.")
    v_max: Volt = Field(default=0.025, description="Highest mean free potential, relative to the threshold.")
    levels: int = Field(default=12, ge=4, description="Levels of the first pass; later ones go where they inform most.")
    cells: int = Field(default=100, ge=20, description="Cells of a level; one that needs more is given several times.")
    duration: Second = Field(default=2.0, description="Analysed time at each level.")
    warm_up: Second = Field(default=0.5, description="Time before it, not analysed.")
    family: Literal["auto", "logistic", "gaussian", "exgaussian", "richards", "refractory", "tabulated"] = Field(
        default="auto", description='Family of the sigmoid; "auto" chooses by information criterion.'
    )
    q_max: Literal["auto", "refractory", "fitted", "at_cap"] = Field(
        default="auto", description='Definition of q_max; "at_cap" is the rate at `v_max`.'
    )
    precision: Precision = Field(default=Precision(), description="Standard errors at which sampling stops.")
    budget: PositiveNumber = Field(default=60000.0, description="Neuron-seconds that one condition may cost.")

    @model_validator(mode="after")
    def _ordered(self) -> "SigmoidSection":
        if self.v_min >= self.v_max:
            low, high = to_text(self.v_min, "V"), to_text(self.v_max, "V")
            raise ValueError(f"v_min {low} is not below v_max {high}; swap them.")
        one_pass = self.levels * self.cells * self.duration
        if self.budget < one_pass:
            raise ValueError(f"budget {self.budget:g} neuron-seconds is below the {one_pass:g} of one pass; raise it.")
        return self


class OperatingSection(Section):
    """The state about which gain and kernel are measured: a drive that gives the untouched population this rate."""

    rate: Annotated[float, InUnit("Hz", above=0)] = Field(default=5.0, description="Rate of the untouched population.")
    slots: int = Field(default=8, ge=1, description="Hundreds of cells held there.")


class KernelSection(Section):
    """How the synaptodendritic kernel is measured."""

    afferent: str = Field(
        default=stated_default(ProbeSpikes, "afferent"), description="Afferent that gives the extra spike."
    )
    groups: int = Field(default=stated_default(ProbeSpikes, "groups"), ge=3, description="Independent groups of cells.")
    cells_per_group: int = Field(
        default=stated_default(ProbeSpikes, "cells_per_group"), ge=1, description="Cells in each group."
    )
    duration: Second = Field(default=stated_default(ProbeSpikes, "duration"), description="Time after the extra spike.")
    warm_up: Second = Field(default=stated_default(ProbeSpikes, "warm_up"), description="Time before it.")


class RateKernelSection(Section):
    """How the rate kernel is measured: a noisy input and the population rate that follows it."""

    enabled: bool = Field(default=True, description="Whether it is measured.")
    channel: str = Field(default="excitatory", description='Afferent whose rate is modulated, or "current".')
    amplitude: PositiveNumber = Field(default=0.2, description="Relative standard deviation of the noise.")
    time_constant: Second = Field(default=0.005, description="Correlation time of the noise.")
    groups: int = Field(
        default=stated_default(TimeVaryingInput, "groups"), ge=3, description="Independent groups of cells."
    )
    cells_per_group: int = Field(
        default=stated_default(TimeVaryingInput, "cells_per_group"), ge=1, description="Cells in each group."
    )
    duration: Second = Field(default=20.0, description="Analysed time.")


class LedgerSection(Section):
    """Whether and how the claims ledger is made: a verdict on every testable statement of shine2021."""

    enabled: bool = Field(default=False, description="Whether it is made.")
    effort: PositiveNumber = Field(default=1.0, description="Factor on the number of simulated cells.")
    receptors: str = Field(default="", description="Folder with the receptor densities, which are not shipped.")


class CalibrationSection(Section):
    """A measured f-I curve to which the cell is fitted before the study begins."""

    currents: tuple[Ampere, ...] = Field(description="Injected currents.")
    rates: tuple[Hertz, ...] = Field(description="Rates at these currents.")
    parameters: tuple[str, ...] = Field(
        default=("leak_conductance", "threshold", "reset"),
        description="Cell parameters that may move, e.g. `rectifier.decay`.",
    )
    source: str = Field(default="", description="Bibliography key of the measurement.")

    @model_validator(mode="after")
    def _paired(self) -> "CalibrationSection":
        if len(self.currents) != len(self.rates) or len(self.rates) <= len(self.parameters):
            raise ValueError(
                f"{len(self.currents)} currents and {len(self.rates)} rates for {len(self.parameters)} parameters; "
                "give as many rates as currents, and more of them than parameters."
            )
        return self


class SimulationSection(Section):
    """How Brian2 runs."""

    dt: Second = Field(default=stated_default(ProbeSpikes, "dt"), description="Time step.")
    target: Literal["cpp_standalone", "cython", "numpy"] = Field(default="cpp_standalone", description="Brian2 target.")
    precision: Literal["float64", "float32"] = Field(default="float64", description="Floating-point type of the state.")


class ReportSection(Section):
    """How results are shown."""

    level: float = Field(default=0.95, gt=0.5, lt=1, description="Confidence level of all intervals.")
