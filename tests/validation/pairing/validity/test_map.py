"""The validity map: read from its file, told what noise hides, and a population is placed on it or warned."""

import math
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mesobridge.validation.pairing.validity.map import (
    BANDS,
    MapPoint,
    band_of,
    placed,
    read_points,
    validity_dataset,
    validity_map,
    write_points,
)
from mesobridge.validation.report.figures.validity_map import draw_map


def point(rate: float, in_degree: float, decay: float, error: float, **more: float) -> MapPoint:
    values: dict[str, Any] = {"synchrony": 0.2, "strength": 1.0, "theory_error": 2 * error, "theory_noise": 0.01}
    values |= {"estimates_error": error, "estimates_noise": 0.01, **more}
    return MapPoint(target_rate=rate, rate=rate, in_degree=in_degree, decay=decay, **values)


GOOD = [point(r, k, 2e-3, 0.04) for r in (5.0, 10.0) for k in (100.0, 200.0)]
BAD = [point(r, k, 8e-3, 0.6, synchrony=2.0) for r in (5.0, 20.0) for k in (40.0, 60.0)]
POINTS = (*GOOD, *BAD)


def test_the_map_of_the_package_covers_what_it_says() -> None:
    points = validity_map()
    assert len(points) > 60
    assert len({p.regime for p in points}) == len(points)
    judged = [p for p in points if math.isfinite(p.estimates_error)]
    assert len(judged) > 60
    assert {p.band() for p in judged} >= set(BANDS)
    rates = np.array([p.rate for p in judged])
    assert rates.min() < 2
    assert rates.max() > 45
    assert len({p.in_degree for p in judged}) >= 5
    assert len({p.decay for p in judged}) >= 5
    assert min(p.synchrony for p in judged) < 0.1
    assert max(p.synchrony for p in judged) > 1.5


def test_a_network_without_a_mean_field_says_why() -> None:
    missing = [p for p in validity_map() if math.isnan(p.estimates_error)]
    assert missing
    assert all(p.reason.endswith(".") for p in missing)


def test_every_column_has_a_unit_and_a_meaning() -> None:
    dataset = validity_dataset()
    assert set(dataset) == {item.name for item in fields(MapPoint)}
    assert all("units" in dataset[name].attrs and dataset[name].attrs["long_name"] for name in dataset)
    np.testing.assert_array_equal(dataset["rate"].values, [p.rate for p in validity_map()])


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    lost = MapPoint(target_rate=1.5, in_degree=40.0, decay=1e-3, strength=2.0, reason="no state, at all.")
    points = (*GOOD, replace(GOOD[0], strength=2.0, predicted_synchrony=math.inf), lost)
    write_points(points, tmp_path / "map.csv")
    found = read_points(tmp_path / "map.csv")
    assert len(found) == len(points)
    assert {p.regime for p in found} == {p.regime for p in points}
    assert [p.reason for p in found if p.reason] == [lost.reason]
    assert [p.predicted_synchrony for p in found].count(math.inf) == 1
    assert read_points(tmp_path / "none.csv") == ()


@pytest.mark.parametrize(
    ("error", "noise", "bound", "clear"),
    [(0.04, 0.01, 0.04, True), (-0.04, 0.01, 0.04, True), (0.01, 0.02, 0.04, False)],
)
def test_an_error_within_noise_is_none_but_may_hide_one(error: float, noise: float, bound: float, clear: bool) -> None:
    found = point(5.0, 100.0, 2e-3, error, estimates_noise=noise)
    assert found.bound() == pytest.approx(bound)
    assert found.clear() is clear


def test_a_point_belongs_to_the_smallest_band_that_holds_its_error() -> None:
    assert [band_of(e) for e in (0.05, 0.06, 0.3, 0.51, math.nan)] == [0.05, 0.15, 0.50, None, None]
    assert (GOOD[0].band(), GOOD[0].band("theory"), BAD[0].band()) == (0.05, 0.15, None)


def test_a_population_at_a_network_of_the_map_expects_its_error() -> None:
    alone = placed(5.0, 100.0, 2e-3, 0.2, GOOD[:1])
    assert (alone.distance, alone.expected, alone.expected_theory) == pytest.approx((0.0, 0.04, 0.08))
    near = placed(5.0, 100.0, 2e-3, 0.2, POINTS)
    assert near.nearest[0] is GOOD[0]
    assert near.expected < 0.06
    assert not near.warning


def test_a_population_among_bad_points_or_outside_is_warned() -> None:
    assert "60 %" in placed(10.0, 50.0, 8e-3, 2.0, BAD).warning
    assert "in-degree lies outside" in placed(8.0, 5000.0, 2e-3, 0.2, POINTS).warning
    assert "synchrony lies outside" in placed(8.0, 100.0, 2e-3, 9.0, POINTS).warning
    assert "rate lies outside" in placed(200.0, 100.0, 2e-3, 0.2, POINTS).warning


def test_synchrony_tells_two_networks_apart() -> None:
    both = (point(5.0, 100.0, 2e-3, 0.02), point(5.0, 100.0, 2e-3, 0.4, synchrony=2.0))
    quiet, loud = (placed(5.0, 100.0, 2e-3, s, both) for s in (0.2, 2.0))
    assert not quiet.warning
    assert loud.warning
    assert placed(5.0, 100.0, 2e-3, None, both).expected == pytest.approx(0.21)  # both are as near


def test_next_to_a_network_without_a_mean_field_the_warning_says_why() -> None:
    lost = replace(point(1.5, 40.0, 1e-3, math.nan), reason="theory has no state there.")
    assert "no state there" in placed(1.5, 40.0, 1e-3, 0.2, (lost, *GOOD)).warning


def test_the_map_is_drawn_with_a_number_in_every_square() -> None:
    lost = replace(point(5.0, 200.0, 8e-3, math.nan, estimates_noise=math.nan), reason="none.")
    figure = draw_map((*POINTS, lost, point(5.0, 40.0, 2e-3, 0.001)))
    texts = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert len(texts) == 2 * (len(POINTS) + 2)  # estimates and theory
    assert {"4.0", "60", "–", "<2"} <= set(texts)
