"""What it takes to calibrate a mass model, and how it is done for all of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...meanfield import MassModel
from ..estimate import EstimateRefused
from .calibrated_model import CalibratedModel, CalibratedParameter, Misfit, Source
from .changes import parameter_changes
from .estimated_population import EstimatedPopulation
from .intervals import model_units, parameter_estimate
from .landmarks import Landmarks, landmark_errors, landmark_jacobian, landmarks_of
from .misfit import Reduced, misfits_of, resting_misfits

Array = NDArray[np.floating]
SigmoidMatch = Literal["curve", "operating"]
Values = dict[str, float]
Noted = tuple[float, str]
"""A value with a note on how it is found."""


class Entry(NamedTuple):
    """A value with where it comes from."""

    value: float
    source: Source
    note: str


def _nothing(values: Mapping[str, float], marks: Landmarks) -> dict[str, Noted]:
    """Leave published values in their own units."""
    del values, marks
    return {}


def _of_area(marks: Landmarks) -> float:
    """Return how much stronger than in the untouched population a synapse is, by the area of its kernel."""
    return marks.area_ratio


@dataclass(frozen=True, kw_only=True)
class Target:
    """A mass model that can be calibrated.

    Parameters
    ----------
    name, title : str
        In the registry, and what the model is.
    model : type
        Its class.
    estimated : callable
        From landmarks (and how a symmetric sigmoid is matched) to the parameters that cells determine.
    notes : mapping of str to str
        How each of these is found.
    placed : callable
        From the model and the landmarks to the parameters that put a steady state at the operating point, with notes.
    reduced : callable
        From the model and the landmarks to its curve and kernel in the terms of the estimate.
    resting : str
        Output of the model that is the rate of the estimated population, or its share of the maximum.
    synaptic : tuple of str
        Strengths of synapses of the estimated channel: a modulated condition takes those of the untouched population
        times ``growth``.
    growth : callable
        From landmarks to the strength of a synapse relative to the untouched population: the ratio of kernel areas, or
        of charges in a model of currents.
    rescaled : callable
        From published values and landmarks to those published values that must be written in units of the cells, with
        notes.
    citation : tuple of str
        Keys of the papers behind the model.
    """

    name: str
    title: str
    model: type[MassModel]
    estimated: Callable[[Landmarks, SigmoidMatch], Values]
    notes: Mapping[str, str]
    placed: Callable[[Any, Landmarks], dict[str, Noted]]
    reduced: Callable[[Any, Landmarks], Reduced]
    resting: str
    synaptic: tuple[str, ...] = ()
    growth: Callable[[Landmarks], float] = _of_area
    rescaled: Callable[[Mapping[str, float], Landmarks], dict[str, Noted]] = _nothing
    citation: tuple[str, ...] = ()

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters that cells determine."""
        return tuple(self.notes)

    def calibrate(
        self,
        population: EstimatedPopulation,
        *,
        base: EstimatedPopulation | None = None,
        base_model: CalibratedModel | None = None,
        published: str | None = None,
        match: SigmoidMatch = "curve",
        given: Mapping[str, float] | None = None,
    ) -> CalibratedModel:
        """Return the model of one condition.

        Parameters
        ----------
        population : EstimatedPopulation
            The condition.
        base, base_model : EstimatedPopulation, CalibratedModel, optional
            The untouched population and its calibrated model: what cells do not determine stays as it is there.
        published : str, optional
            Published set from which it is taken otherwise; the standard one unless named.
        match : {"curve", "operating"}
            Whether a symmetric sigmoid takes maximum, middle and width of the estimate, or its maximum and its rate and
            slope at the operating point.
        given : mapping of str to float, optional
            Values that the user knows better, SI.

        Raises
        ------
        EstimateRefused
            If the estimate cannot be written in this model at all.
        """
        _refuse_inhibition(self.title, population)
        chosen = dict(given or {})
        untouched = population if base is None else base
        marks = landmarks_of(population, untouched)
        entries = self._published(published, marks) if base_model is None else _kept(base_model)
        strengths = {} if base_model is None else {name: entries[name].value for name in self.synaptic}

        def cells(at: Landmarks) -> Values:
            """Return all parameters that landmarks determine and the user does not."""
            grown = {name: value * self.growth(at) for name, value in strengths.items()}
            return {n: x for n, x in (self.estimated(at, match) | grown).items() if n not in chosen}

        entries |= {name: self._entry(name, value) for name, value in cells(marks).items()}
        entries |= {name: Entry(value, "chosen", "given by the user") for name, value in chosen.items()}
        if base_model is None:
            entries |= self._placed(entries, marks, chosen)
        instance = self.model(**{name: entry.value for name, entry in entries.items()})
        parameters, covariance = _with_errors(self.model, entries, cells, population, untouched)
        changes = parameter_changes(cells, population, untouched, parameters, base_model)
        return CalibratedModel(
            model=self.name,
            condition=population.condition,
            mechanism=population.mechanism,
            mode=population.mode,
            amount=population.amount,
            parameters=parameters,
            covariance=covariance,
            instance=instance,
            misfits=self._misfits(instance, population, marks, base_model is None),
            changes=changes,
        )

    def _misfits(
        self, instance: Any, population: EstimatedPopulation, marks: Landmarks, placed: bool
    ) -> tuple[Misfit, ...]:
        reduced = self.reduced(instance, marks)
        found = misfits_of(population, reduced)
        if not placed:
            return found
        fraction = {variable.name: variable.unit for variable in self.model.OUTPUTS}[self.resting] == "1"
        scale = marks.q_max if fraction else 1.0
        states = [
            (scale * float(point[self.resting]), point.stability.value, point.stability.stable)
            for point in instance.fixed_points(number=1)
        ]
        return found + resting_misfits(states, float(reduced.rate(marks.operating_v)))

    def reduced_of(
        self, model: CalibratedModel, population: EstimatedPopulation, base: EstimatedPopulation | None = None
    ) -> Reduced:
        """Return a calibrated model's curve and kernel in the terms of the estimate it was made from."""
        return self.reduced(model.instance, landmarks_of(population, population if base is None else base))

    def _published(self, name: str | None, marks: Landmarks) -> dict[str, Entry]:
        instance = self.model.published(name)
        values = {field: float(getattr(instance, field)) for field in model_units(self.model)}
        where = f"published set {name or self.model.published_sets()[0]!r}"
        entries = {field: Entry(value, "published", where) for field, value in values.items()}
        for field, (value, note) in self.rescaled(values, marks).items():
            entries[field] = Entry(value, "published", f"{where}, {note}")
        return entries

    def _entry(self, name: str, value: float) -> Entry:
        if name in self.notes:
            return Entry(value, "estimated", self.notes[name])
        return Entry(value, "derived", "that of the untouched population, grown with the synapse")

    def _placed(self, entries: Mapping[str, Entry], marks: Landmarks, chosen: Mapping[str, float]) -> dict[str, Entry]:
        values = {name: entry.value for name, entry in entries.items()}
        found = self.placed(self.model(**values), marks)
        return {name: Entry(value, "chosen", note) for name, (value, note) in found.items() if name not in chosen}


def _refuse_inhibition(title: str, population: EstimatedPopulation) -> None:
    if not population.kernel.area > 0:
        raise EstimateRefused(
            f"{population.condition}: the kernel of {population.channel!r} has an area of {population.kernel.area:.3g} "
            f"V s, {title} wants an excitatory one; set kernel.afferent of the study to an excitatory afferent."
        )


def _kept(base: CalibratedModel) -> dict[str, Entry]:
    return {one.name: Entry(one.estimate.value, one.source, one.note) for one in base.parameters}


def _with_errors(
    model: type,
    entries: Mapping[str, Entry],
    cells: Callable[[Landmarks], Values],
    population: EstimatedPopulation,
    untouched: EstimatedPopulation,
) -> tuple[tuple[CalibratedParameter, ...], Array]:
    """Return every parameter of the model with its interval, and their covariance, zero where nothing is estimated."""
    marks, errors = landmarks_of(population, untouched), landmark_errors(population, untouched)
    moving = list(cells(marks))
    jacobian = landmark_jacobian(lambda at: _ordered(cells(at), moving), marks, errors)
    found, degrees = errors.carried(jacobian)
    units = model_units(model)
    order = list(units)
    covariance = np.zeros((len(order), len(order)))
    places = np.array([order.index(name) for name in moving])
    covariance[places[:, None], places] = found
    freedom = np.full(len(order), np.inf)
    freedom[places] = degrees
    parameters = tuple(
        CalibratedParameter(
            name=name,
            estimate=parameter_estimate(
                entries[name].value, float(covariance[k, k]), units[name], population.level, float(freedom[k])
            ),
            source=entries[name].source,
            note=entries[name].note,
        )
        for k, name in enumerate(order)
    )
    return parameters, covariance


def _ordered(values: Mapping[str, float], names: Sequence[str]) -> Array:
    return np.array([values[name] for name in names])
