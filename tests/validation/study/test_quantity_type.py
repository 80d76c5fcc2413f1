from typing import Annotated

import pytest
from pydantic import BaseModel, ValidationError

from mesobridge.validation.study.quantity_type import InUnit


class Table(BaseModel):
    potential: Annotated[float, InUnit("V")] = 0.0
    duration: Annotated[float, InUnit("s", above=0)] | None = None
    factor: Annotated[float, InUnit("1")] = 1.0


def test_text_goes_in_si_is_held_and_text_comes_out():
    table = Table.model_validate({"potential": "-20 mV", "duration": "1500 ms", "factor": 2})
    assert (table.potential, table.duration, table.factor) == (-0.02, 1.5, 2.0)
    assert table.model_dump(mode="json") == {"potential": "-20 mV", "duration": "1.5 s", "factor": 2.0}


@pytest.mark.parametrize("given", [{"potential": "3 s"}, {"potential": True}, {"duration": 0}, {"factor": "2 V"}])
def test_a_wrong_dimension_or_a_broken_bound_is_refused(given):
    with pytest.raises(ValidationError):
        Table.model_validate(given)
