import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesobridge.units import to_si, to_text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.02, "V", "20 mV"), (-0.052, "V", "-52 mV"), (2e-10, "F", "200 pF"), (7.7e-9, "S", "7.7 nS"),
        (1e-4, "s", "0.1 ms"), (2e-4, "V", "0.2 mV"), (2e-6, "S", "2 uS"),
        (1000.0, "Hz", "1 kHz"), (0.0, "V", "0 V"), (2.0, "s", "2 s"), (1.0, "mM", "1 mM"), (1.4, "1", "1.4"),
    ],
)  # fmt: skip
def test_text_is_what_one_would_write_at_the_bench(value, unit, text):
    assert to_text(value, unit) == text


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(["V", "s", "Hz", "S", "A", "F", "mM", "1"]))
def test_text_reads_back_to_the_same_float(value, unit):
    assert to_si(to_text(value, unit), unit) == value
