import pytest

from mesobridge.meanfield import CorticothalamicField, JansenRit
from mesobridge.validation.cases import CASES, published
from mesobridge.validation.cases.mass_models import eyes_closed, jansen_rit_bifurcations


@pytest.mark.parametrize(("run", "rows"), [(eyes_closed, 4), (jansen_rit_bifurcations, 3)])
def test_every_number_agrees(run, rows):
    found = run()
    assert len(found) == rows
    for row in found:
        assert row.agrees, row


def test_both_are_registered():
    assert CASES["L5"].run is eyes_closed
    assert CASES["L7"].run is jansen_rit_bifurcations


def test_the_sd_of_thresholds_in_place_of_the_logistic_scale_is_rejected():
    """3.8 mV is the scale in the exponential; read as an sd it would be sqrt(3)/pi of that."""
    case = published()["L5"]
    wrong = CorticothalamicField.published(sigma=0.0038 * 3**0.5 / 3.14159265).fixed_points()
    for point in wrong:
        assert abs(point["Q_e"] - case["rate_hz"][0]) > 1e3 * case["rate_tolerance_relative"] * case["rate_hz"][0]


def test_the_inhibitory_rate_of_200_per_second_is_rejected():
    """A public docstring says so; the paper's 50 per second makes the published points."""
    case = published()["L7"]
    wrong = JansenRit.published(b=200.0).continuation("p", case["range_hz"])
    for expected in case["hopf_hz"]:
        assert all(abs(point.value - expected) > 100 * case["tolerance_hz"] for point in wrong.hopfs)
