"""Working coordinates: the same curves as the mean-field sigmoids, with derivatives that are regular at zero skew."""

import numpy as np
import pytest

from mesobridge.bridge.sigmoid_fit.families import EX_GAUSSIAN, FAMILIES, refractory_family
from mesobridge.bridge.sigmoid_fit.features import FeatureView
from mesobridge.meanfield.sigmoids import ExGaussianSigmoid, capped

V = np.linspace(-0.08, -0.03, 41)
POINTS = {
    "exgaussian": [(np.log(90), -0.052, np.log(0.004), c) for c in (-0.6, -0.01, 0.0, 1e-4, 0.3, 0.9)],
    "richards": [(np.log(90), -0.052, np.log(0.002), c) for c in (-2.0, 0.0, 1.5)],
    "gaussian": [(np.log(90), -0.052, np.log(0.004))],
    "logistic": [(np.log(90), -0.052, np.log(0.002))],
}
CASES = [(FAMILIES[name], np.array(psi)) for name, points in POINTS.items() for psi in points]
CASES.append((refractory_family(5e-3, 5e-3, 2e-3), np.array([np.log(200.0), -0.052, np.log(0.003)])))


@pytest.mark.parametrize(("family", "psi"), CASES)
def test_rate_and_slope_are_those_of_the_sigmoid_it_builds(family, psi):
    sigmoid = family.build(psi)
    rate, slope, _ = family.evaluate(psi, V)
    assert rate.max() > 10
    np.testing.assert_allclose(rate, sigmoid(V), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(slope, sigmoid.gain(V), rtol=1e-5, atol=1e-2)


@pytest.mark.parametrize(("family", "psi"), CASES)
def test_derivatives_agree_with_differences(family, psi):
    jacobian = family.evaluate(psi, V)[2]
    sizes = np.array([1e-5, 1e-7, 1e-5, 1e-4])[: family.size]
    for k, h in enumerate(sizes):
        if k == 0 and family.name == "refractory":
            continue
        step = np.eye(family.size)[k] * h
        numeric = (family.curve(psi + step, V)[0] - family.curve(psi - step, V)[0]) / (2 * h)
        np.testing.assert_allclose(jacobian[:, k], numeric, rtol=1e-3, atol=1e-4 * np.abs(numeric).max())


@pytest.mark.parametrize("v_cap", [None, -0.050])
@pytest.mark.parametrize(("family", "psi"), CASES)
def test_features_are_those_of_the_sigmoid_and_their_gradients_exact(family, psi, v_cap):
    view = FeatureView(family, v_cap)
    found = view.all(psi)
    sigmoid = family.build(psi) if v_cap is None else capped(family.build(psi), v_cap)
    expected = sigmoid.features()
    for name, (value, gradient) in found.items():
        scale = {"q_max": 90.0, "max_slope": 1e4, "skew": 0.3}.get(name, 0.004)
        if not (name == "v_max_slope" and v_cap is not None):
            assert value == pytest.approx(expected[name], abs=2e-3 * scale), name
        if name == "v_max_slope":
            continue
        for k in range(family.size if family.name != "refractory" else 0):
            h = 1e-7 if k == 1 else 1e-4
            step = np.eye(family.size)[k] * h
            numeric = (view.all(psi + step)[name][0] - view.all(psi - step)[name][0]) / (2 * h)
            unit = scale / (0.004 if k == 1 else 1.0)
            assert gradient[k] == pytest.approx(numeric, abs=1e-2 * unit), (name, k)


def test_information_is_regular_at_zero_skew_where_theta_and_kappa_are_not():
    v = np.linspace(-0.066, -0.04, 30)
    jacobian = EX_GAUSSIAN.evaluate(np.array([np.log(100), -0.053, np.log(0.003), 0.0]), v)[2]
    ours = np.linalg.cond((jacobian / np.linalg.norm(jacobian, axis=0)).T)
    sigmoid = ExGaussianSigmoid(q_max=100, theta=-0.053, sigma=0.003, kappa=3e-6)
    theirs = np.stack(list(sigmoid.parameter_gradient(v).values()), -1)
    assert ours < 100
    assert np.linalg.cond(theirs / np.linalg.norm(theirs, axis=0)) > 100 * ours
