"""The estimate itself as a mass model: nothing is lost but the speed of the rate."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...meanfield import EmpiricalMass
from .calibrated_model import CalibratedModel, CalibratedParameter, Source
from .changes import parameter_changes
from .estimated_population import EstimatedPopulation
from .intervals import ParameterUnit, parameter_estimate
from .landmarks import Landmarks, landmark_errors, landmark_jacobian, landmarks_of
from .misfit import static_misfits
from .target import SigmoidMatch

NOTES = {
    "q_max": "maximal rate",
    "v50": "potential of half of it",
    "width": "half the distance between the 15.9 % and 84.1 % heights",
    "operating_v": "mean free potential at the operating point",
    "operating_rate": "rate of the sigmoid there",
    "operating_slope": "slope of the sigmoid there",
    "area": "integral of the kernel",
    "mean_lag": "its mean lag",
    "gain": "slope times area: spikes out per spike in",
}
_UNITS = {
    "q_max": ParameterUnit("Hz", True),
    "v50": ParameterUnit("V", False),
    "width": ParameterUnit("V", True),
    "operating_v": ParameterUnit("V", False),
    "operating_rate": ParameterUnit("Hz", True),
    "operating_slope": ParameterUnit("Hz/V", True),
    "area": ParameterUnit("V s", False),
    "mean_lag": ParameterUnit("s", True),
    "gain": ParameterUnit("1", False),
    "operating_input": ParameterUnit("Hz", False),
}


def _values(marks: Landmarks) -> dict[str, float]:
    direct = {name: float(getattr(marks, name)) for name in NOTES if name != "gain"}
    return direct | {"gain": marks.operating_slope * marks.area}


@dataclass(frozen=True, kw_only=True)
class EmpiricalTarget:
    """The neural mass made of the estimated sigmoid and kernel as they are."""

    name: str = "empirical"
    title: str = "the estimated sigmoid and kernel as they are"
    model: type = EmpiricalMass
    citation: tuple[str, ...] = ()

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters that cells determine."""
        return tuple(NOTES)

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
        """Return the mass of one condition; see `Target.calibrate`.

        Raises
        ------
        ValueError
            If a published set or values are given: there is nothing to put them into.
        """
        del match
        if published or given:
            raise ValueError("empirical: the estimates are the model; leave out the published set and given values.")
        untouched = population if base is None else base
        marks, errors = landmarks_of(population, untouched), landmark_errors(population, untouched)
        values = _values(marks)
        jacobian = landmark_jacobian(lambda at: np.array(list(_values(at).values())), marks, errors)
        found, degrees = errors.carried(jacobian)
        entries: dict[str, tuple[float, Source, str]] = {n: (x, "estimated", NOTES[n]) for n, x in values.items()}
        entries["gain"] = (values["gain"], "derived", NOTES["gain"])
        entries["operating_input"] = (marks.operating_input, "chosen", "set in the experiment")
        covariance = np.zeros((len(entries),) * 2)
        covariance[: len(values), : len(values)] = found
        freedom = np.append(degrees, np.inf)
        parameters = tuple(
            CalibratedParameter(
                name=name,
                estimate=parameter_estimate(
                    value, float(covariance[k, k]), _UNITS[name], population.level, float(freedom[k])
                ),
                source=source,
                note=note,
            )
            for k, (name, (value, source, note)) in enumerate(entries.items())
        )
        channel = population.channel
        mass = EmpiricalMass(
            population.sigmoid, {channel: population.kernel}, marks.operating_v, {channel: marks.operating_input}
        )
        return CalibratedModel(
            model=self.name,
            condition=population.condition,
            mechanism=population.mechanism,
            mode=population.mode,
            amount=population.amount,
            parameters=parameters,
            covariance=covariance,
            instance=mass,
            misfits=static_misfits(population),
            changes=parameter_changes(_values, population, untouched, parameters, base_model),
        )


EMPIRICAL = EmpiricalTarget()
