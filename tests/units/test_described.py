from dataclasses import FrozenInstanceError, replace

import pytest

from mesobridge.units import OptionalQuantity, Quantity, described, quantity


@described
class Pipette:
    resistance: Quantity = quantity("ohm", above=0)
    offset: Quantity = quantity("V", default=0.0, at_least=-0.1, below=0.1)
    seal: OptionalQuantity = quantity("ohm", default=None)
    label: str = "left"

    def _check(self) -> None:
        if self.seal is not None and self.seal < self.resistance:
            raise ValueError("Pipette.seal: below the resistance.")


def test_quantities_are_si_floats_once_inside():
    pipette = Pipette(resistance="5 Mohm", seal="1 Gohm")
    assert (pipette.resistance, pipette.offset, pipette.seal) == (5e6, 0.0, 1e9)
    assert type(pipette.resistance) is float


def test_changing_a_copy_checks_again():
    pipette = Pipette(resistance=5e6)
    assert replace(pipette, offset="3 mV").offset == 0.003
    with pytest.raises(FrozenInstanceError):
        pipette.offset = 0.0  # type: ignore[misc]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"resistance": 0}, "Pipette.resistance: 0 ohm is out of range; it must be above 0 ohm."),
        ({"offset": "100 mV"}, "must be below 0.1 V"),
        ({"offset": "-101 mV"}, "must be at least -0.1 V"),
        ({"offset": float("nan")}, "not a finite number"),
        ({"offset": "3 ms"}, "Pipette.offset: '3 ms' does not have the dimension of V"),
        ({"seal": "1 ohm"}, "Pipette.seal: below the resistance."),
    ],
)
def test_a_value_out_of_range_names_object_field_value_and_bound(changes, message):
    with pytest.raises(ValueError, match=message.replace(".", r"\.").replace("(", r"\(")):
        Pipette(**{"resistance": "5 Mohm"} | changes)


def test_an_array_is_not_one_number():
    with pytest.raises(ValueError, match=r"Pipette\.resistance: an array of shape \(2,\) is not one number"):
        Pipette(resistance=[5e6, 6e6])  # type: ignore[arg-type]
