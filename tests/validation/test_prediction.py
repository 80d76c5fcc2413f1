"""The right hand of a study: exact where theory is, and a reason where it is silent."""

from dataclasses import replace

import numpy as np
import pytest

from mesobridge.bridge.prediction import operating_point, predict_kernel
from mesobridge.bridge.prediction.rate import escape_rate_sigmoid
from mesobridge.meanfield.sigmoids import capped
from mesobridge.spiking import POPULATIONS
from mesobridge.validation.prediction import PredictionRequest, predict

POPULATION = POPULATIONS["escape_rate"]()
LAGS = tuple(np.arange(0, 0.2, 1e-3).tolist())
REQUEST = PredictionRequest(
    channel="current",
    lowest=-50e-12,
    highest=400e-12,
    v_above=0.020,
    afferent="excitatory",
    operating_drive=60e-12,
    lags=LAGS,
)


@pytest.fixture(scope="module")
def predicted():
    return predict(POPULATION, REQUEST)


def test_the_memoryless_population_is_predicted_exactly(predicted):
    point = operating_point(POPULATION, current=REQUEST.operating_drive)
    exact = capped(escape_rate_sigmoid(POPULATION, point.sigma_v), POPULATION.cell.threshold + 0.020)
    truth = exact.features()
    assert predicted.refusals == ()
    for name in ("q_max", "v10", "v50", "v90", "width"):
        # 24 levels are joined by a cubic spline of the logarithm
        assert predicted.features[name] == pytest.approx(truth[name], rel=2e-3), name
    assert predicted.features["operating_v"] == point.v
    assert predicted.features["operating_rate"] == pytest.approx(float(exact(point.v)), rel=2e-3)
    assert predicted.features["operating_slope"] == pytest.approx(float(exact.gain(point.v)), rel=1e-2)
    assert predicted.features["gain"] == predicted.features["operating_slope"] * predicted.features["area"]


def test_the_kernel_is_given_at_the_lags_of_the_recording(predicted):
    kernel = predict_kernel(POPULATION, current=REQUEST.operating_drive)
    np.testing.assert_array_equal(predicted.response, kernel.kernel(np.array(LAGS)))
    assert predicted.response.max() > 0


def test_theory_knows_no_fitted_asymptote(predicted):
    found = predict(POPULATION, replace(REQUEST, v_above=None))
    assert not {"q_max", "v50", "width", "skew"} & set(found.features)
    exact = escape_rate_sigmoid(POPULATION, operating_point(POPULATION).sigma_v)
    assert found.features["operating_rate"] == pytest.approx(float(exact(found.features["operating_v"])), rel=1e-12)
    np.testing.assert_array_equal(found.v, predicted.v)


def test_a_refused_sigmoid_leaves_the_kernel_and_the_reason():
    e1 = POPULATIONS["e1"]()
    found = predict(e1, replace(REQUEST, channel="inhibitory", lowest=0.0, highest=2000.0))
    assert [what for what, _ in found.refusals] == ["predicted sigmoid"]
    assert "does not rise along 'inhibitory'" in found.refusals[0][1]
    assert found.v.size == found.rate.size == 0
    assert "area" in found.features
    assert "operating_rate" not in found.features
    assert np.all(np.isfinite(found.response))
