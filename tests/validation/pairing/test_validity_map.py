"""The validity map: read from its file, and a circuit is placed on it or warned."""

from mesobridge.validation.pairing.validity_map import MapPoint, draw_map, grid_circuit, placed, validity_map

GOOD = MapPoint(rate=8.0, in_degree=160.0, decay=2e-3, synchrony=0.2, error=0.04)
BAD = MapPoint(rate=25.0, in_degree=40.0, decay=8e-3, synchrony=2.0, error=0.6)


def test_the_map_in_the_package_has_points_in_more_than_one_band() -> None:
    points = validity_map()
    assert len(points) > 5
    assert len({point.band for point in points}) > 1


def test_a_point_belongs_to_the_smallest_band_that_holds_it() -> None:
    assert (GOOD.band, BAD.band) == (0.05, None)


def test_a_circuit_next_to_a_good_point_is_not_warned() -> None:
    place = placed(9.0, 150.0, 2e-3, (GOOD, BAD))
    assert place.nearest is GOOD
    assert not place.warning


def test_a_circuit_next_to_a_bad_point_or_outside_is_warned() -> None:
    assert "60 %" in placed(24.0, 45.0, 8e-3, (GOOD, BAD)).warning
    assert "in-degree lies outside" in placed(8.0, 5000.0, 2e-3, (GOOD, BAD)).warning


def test_the_grid_keeps_the_mean_of_the_recurrent_input() -> None:
    few, many = grid_circuit(80, 2e-3, 1.0), grid_circuit(320, 8e-3, 1.0)

    def charge(circuit):
        synapse = circuit.projection("E to I").synapses[0]
        return circuit.in_degree("E to I") * synapse.weight * synapse.decay

    assert abs(charge(few) / charge(many) - 1) < 1e-4


def test_the_map_is_drawn_with_a_mark_for_every_point() -> None:
    figure = draw_map((GOOD, BAD))
    assert len(figure.axes[0].texts) == 2
