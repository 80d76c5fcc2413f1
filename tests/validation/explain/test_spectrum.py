"""Powers of a mass model: against the empirical mass, open and closed."""

import numpy as np
import pytest

from mesobridge.meanfield.kernels import ExponentialKernel
from mesobridge.meanfield.models.empirical_mass import EmpiricalMass, Feedback
from mesobridge.meanfield.sigmoids import GaussianSigmoid
from mesobridge.validation.explain import ExplainError
from mesobridge.validation.explain.spectrum import Loop, frequency, is_power, log_power, power_columns

SIGMOID = GaussianSigmoid(q_max=80.0, theta=-0.05, sigma=0.004)


def mass(kernel: ExponentialKernel, loop_gain: float, delay: float) -> EmpiricalMass:
    v = -0.052
    gain = float(SIGMOID.gain(v)) * kernel.area
    return EmpiricalMass(
        sigmoid=SIGMOID,
        kernels={"input": kernel},
        operating_v=v,
        operating_inputs={"input": 5000.0},
        feedback={"input": Feedback(loop_gain / gain, delay)} if loop_gain else {},
    )


@pytest.mark.parametrize("loop_gain", [0.0, 0.5])
def test_the_power_is_that_of_the_empirical_mass(loop_gain):
    kernel = ExponentialKernel(area=4e-6, tau=0.02)
    delay, frequencies = 0.004, np.array([3.0, 10.0, 30.0])
    found = mass(kernel, loop_gain, delay).power_spectrum(frequencies)
    loop = Loop(loop_gain=loop_gain, delay=delay)
    transfer = 1 / (1 + 2j * np.pi * frequencies * 0.02)
    ours = [log_power(np.ones(1), np.array([h]), f, loop)[0] for h, f in zip(transfer, frequencies, strict=True)]
    np.testing.assert_allclose(np.diff(ours), np.diff(np.log(found)), rtol=1e-6)


def test_names_of_powers_are_read():
    assert frequency("power@10Hz") == 10
    assert frequency("power@ 7.5 Hz") == 7.5
    assert not is_power("gain")
    with pytest.raises(ExplainError, match="power@10Hz"):
        frequency("power at 10")
    with pytest.raises(ExplainError, match="unknown"):
        Loop.from_table({"lag": 1})


def test_a_slower_kernel_loses_power_at_high_frequencies(result):
    slow, fast = power_columns(result.dataset, ["power@40Hz", "power@1Hz"], "predicted", Loop())
    names = list(result.dataset["condition"].values)[1:]
    place = names.index("nmda_fraction=0.2")
    assert slow.changes[place] < fast.changes[place] - 0.1
    gain = float(result.dataset["predicted"].sel(feature="gain", condition="ampa_density=1.4"))
    base = float(result.dataset["predicted"].sel(feature="gain", condition="base"))
    ampa = names.index("ampa_density=1.4")
    assert fast.changes[ampa] == pytest.approx(2 * np.log(gain / base), abs=0.02)
    assert np.all(fast.errors > 0)
