import pytest

from mesobridge.units import OptionalQuantity, Quantity, described, quantity
from mesobridge.validation.study.described_table import read_described, write_described


@described
class Tip:
    diameter: Quantity = quantity("m", above=0)


@described
class Pipette:
    resistance: Quantity = quantity("S", above=0)
    offset: OptionalQuantity = quantity("V", default=None)
    tip: Tip | None = None
    filled: bool = True
    steps: tuple[float, ...] = ()
    count: int = 1


FULL = {
    "resistance": "5 nS",
    "offset": "2 mV",
    "tip": {"diameter": "1e-06 m"},
    "filled": False,
    "steps": [1.0, 2.0],
    "count": 3,
}


@pytest.mark.parametrize("table", [FULL, {"resistance": "5 nS"}, FULL | {"tip": False, "offset": False}])
def test_what_is_written_reads_back_equal(table):
    mistakes: list[str] = []
    pipette = read_described(Pipette, table, "pipette", mistakes)
    assert mistakes == []
    assert pipette is not None
    assert read_described(Pipette, write_described(pipette), "pipette", mistakes) == pipette


def test_false_is_absence_only_where_absence_is_allowed():
    mistakes: list[str] = []
    pipette = read_described(Pipette, {"resistance": 1.0, "offset": False, "filled": False}, "pipette", mistakes)
    assert pipette is not None
    assert (pipette.offset, pipette.filled) == (None, False)
    assert read_described(Pipette, {"resistance": False}, "pipette", mistakes) is None
    assert mistakes == ["pipette.resistance: False is not a quantity in S, e.g. '20 S'."]


def test_every_mistake_is_noted_with_its_place():
    mistakes: list[str] = []
    table = {"offset": "2 ms", "tip": {"diametr": 1}, "count": "many", "steps": 3, "colour": "red"}
    assert read_described(Pipette, table, "pipette", mistakes) is None
    places = [sentence.split(": ")[0] for sentence in mistakes]
    assert sorted(places) == sorted(
        ["pipette.offset", "pipette.tip", "pipette.tip.diameter", "pipette.count", "pipette.steps", "pipette",
         "pipette.resistance"]
    )  # fmt: skip
