"""How experiments turn recordings into effects: refusals become reasons, series keep steps, ratios need a sign."""

import math

import numpy as np
import pytest
import xarray as xr

from mesobridge.bridge.estimate import EstimateRefused
from mesobridge.validation.ledger.experiments.experiment import effects_in, jackknifed, log_ratio
from mesobridge.validation.ledger.experiments.receptor_maps import resampled_mean
from mesobridge.validation.verdict import Measurement


def recording(values) -> xr.Dataset:
    return xr.Dataset({"x": ("group", np.asarray(values, dtype=float))})


def mean_difference(parts):
    return {"difference": float(parts[1]["x"].mean() - parts[0]["x"].mean())}


def test_errors_are_those_of_pairs():
    rng = np.random.default_rng(4)
    shared, own = rng.normal(0, 10, 10), rng.normal(1, 0.1, 10)
    found = jackknifed([recording(shared), recording(shared + own)], mean_difference)["difference"]
    assert found.value == pytest.approx(own.mean())
    assert found.standard_error == pytest.approx(own.std(ddof=1) / math.sqrt(10))
    assert found.degrees_of_freedom == 9


def test_a_refusal_is_the_reason_of_every_effect():
    def refuse():
        raise EstimateRefused("nothing was heard")

    effects = effects_in("here", {"a": "1", "b": "V"}, refuse)
    assert [(e.observable, e.unit, e.reason) for e in effects] == [
        ("a", "1", "nothing was heard"),
        ("b", "V", "nothing was heard"),
    ]


def test_a_series_keeps_its_steps_and_others_get_none():
    found = {name: Measurement(value=i, standard_error=0.1) for i, name in enumerate(("step 0", "step 1", "a", "b"))}
    a, b = effects_in("here", {"a": "1", "b": "1"}, lambda: found, series="a")
    assert [step.value for step in a.steps] == [0, 1]
    assert b.steps == ()


def test_a_ratio_of_what_differs_in_sign_is_refused():
    assert log_ratio(2.0, 1.0) == pytest.approx(math.log(2))
    assert log_ratio(-2.0, -1.0) == pytest.approx(math.log(2))
    for pair in ((1.0, -1.0), (0.0, 1.0), (math.nan, 1.0)):
        with pytest.raises(EstimateRefused, match="lost in its noise"):
            log_ratio(*pair)


def test_resampled_areas_have_the_error_of_their_mean():
    rng = np.random.default_rng(8)
    values, other = rng.normal(1, 0.5, 30), rng.normal(0, 0.5, 12)
    alone = resampled_mean(values, None, rng)
    assert alone.standard_error == pytest.approx(values.std(ddof=1) / math.sqrt(30), rel=0.1)
    both = resampled_mean(values, np.append(other, np.nan), rng)
    assert both.value == pytest.approx(values.mean() - other.mean())
    expected = math.hypot(values.std(ddof=1) / math.sqrt(30), other.std(ddof=1) / math.sqrt(12))
    assert both.standard_error == pytest.approx(expected, rel=0.1)
    assert both.degrees_of_freedom == 11
