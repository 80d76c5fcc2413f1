"""Problems that several tests fit: small spectra of models with known parameters."""

import numpy as np

from mesobridge.bridge.fitting import SpectrumReading, spectrum_problem
from mesobridge.bridge.recordings import Spectrum
from mesobridge.meanfield import CorticothalamicField, JansenRit

COLUMN = JansenRit.published(p=60.0)
FIELD = CorticothalamicField.published()


def column_problem(seed=0, degrees=120.0, free=("A", "a"), **reading):
    """Return the problem of a Jansen-Rit column's spectrum and the coordinates it was drawn at."""
    return drawn_problem(COLUMN, "jansen_rit", np.arange(1.0, 41.0), seed, degrees, free, **reading)


def field_problem(seed=0, degrees=60.0, free=("nu_ee", "nu_se", "nu_sr", "alpha", "t0"), step=0.5, **reading):
    """Return the problem of an eyes-closed spectrum and the coordinates it was drawn at."""
    return drawn_problem(FIELD, "corticothalamic_field", np.arange(1.0, 45.0, step), seed, degrees, free, **reading)


def drawn_problem(model, name, frequency, seed, degrees, free, **reading):
    """Return a problem with spectral estimates drawn about the model's own spectrum."""
    power = model.power_spectrum(frequency)
    random = np.random.default_rng(seed)
    measured = power * random.chisquare(degrees, power.size) / degrees
    spectrum = Spectrum(frequency=frequency, power=measured, degrees=degrees)
    problem, first = spectrum_problem(spectrum, model, name, free, SpectrumReading(**reading))
    values = {parameter: getattr(model, parameter, 0.0) for parameter in problem.space.names}
    # power_spectrum is one-sided for noise of unit intensity: twice |H|^2.
    truth = problem.space.coordinates(values | {"scale": 2.0} | _background(power, reading))
    return problem, truth, first


def _background(power, reading):
    return {"background": 1e-3 * float(np.median(power)), "exponent": 1.0} if reading.get("background") else {}
