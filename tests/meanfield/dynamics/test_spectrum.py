import numpy as np
import pytest
from scipy.signal import welch

from mesobridge.meanfield import CorticothalamicField, JansenRit
from mesobridge.meanfield.dynamics.integration import simulate
from mesobridge.meanfield.dynamics.linearisation import linearise
from mesobridge.meanfield.dynamics.spectrum import power_spectrum

from .linear_systems import oscillator, relaxation


def test_lorentzian_of_a_relaxation_and_its_variance():
    frequency = np.linspace(0, 5e4, 2_000_001)
    density = power_spectrum(linearise(relaxation(0.02), [0.0]), frequency, noise=0.3)
    assert np.allclose(density, 2 * 0.09 / (1 + (2 * np.pi * frequency * 0.02) ** 2))
    assert np.trapezoid(density, frequency) == pytest.approx(0.09 / (2 * 0.02), rel=2e-4)


def ratio_to(predicted, series, dt, segment, band):
    """Mean of Welch's density over the predicted one in a band, and its standard error.

    Densities of disjoint Hann segments are exponential variates whose neighbours correlate with 4/9 and 1/36.
    """
    frequency, density = welch(series, 1 / dt, nperseg=segment, noverlap=0, window="hann")
    inside = (frequency >= band[0]) & (frequency <= band[1])
    bins, segments = np.count_nonzero(inside), len(series) // segment
    assert bins > 20
    assert segments > 30
    ratio = density[inside] / predicted(frequency[inside])
    return ratio.mean(), np.sqrt((1 + 2 * (4 / 9 + 1 / 36)) / (bins * segments))


@pytest.mark.parametrize("system", [oscillator(40.0, 4000.0), relaxation()], ids=["oscillator", "relaxation"])
def test_simulated_noise_has_the_predicted_spectrum(system):
    dt = 2e-4
    course = simulate(system, 201.0, dt, noise={"drive": 0.5}, initial=np.zeros(len(system.variables)), seed=3)
    linear = linearise(system, np.zeros(len(system.variables)))

    def predicted(frequency):
        return power_spectrum(linear, frequency, noise=0.5)

    ratio, error = ratio_to(predicted, course["seen"].values[5001:], dt, 10_000, (3, 40))
    assert abs(ratio - 1) < 4 * error
    assert error < 0.02, "half or twice the density would not pass"


@pytest.mark.parametrize(
    "model", [CorticothalamicField.published(), JansenRit.published(p=60.0)], ids=["field", "column"]
)
def test_small_noise_in_the_full_model_has_the_linear_spectrum(model):
    dt = 5e-4
    name, noise = type(model).INPUTS[0].name, 1e-3
    point = model.resting_state()
    course = model.simulate(402.0, dt, noise={name: noise}, initial=point.state, seed=4)
    series = course[type(model).OUTPUTS[0].name].values[4001:]

    def predicted(frequency):
        return model.power_spectrum(frequency, state=point.state, noise=noise)

    ratio, error = ratio_to(predicted, series, dt, 20_000, (5, 25))
    assert abs(ratio - 1) < 4 * error
    assert error < 0.02, "half or twice the density would not pass"


def test_no_spectrum_about_an_unstable_state_but_a_transfer():
    model = JansenRit.published(p=100.0)
    unstable = [point.state for point in model.fixed_points() if not point.stability.stable]
    assert unstable
    for state in unstable:
        with pytest.raises(ValueError, match=r"unstable, a small push grows at .* /s"):
            model.power_spectrum([1.0, 10.0], state=state)
        assert np.all(np.isfinite(model.transfer([1.0, 10.0], state=state)))
