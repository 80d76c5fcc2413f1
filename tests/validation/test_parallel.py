"""Calls in processes of their own: in order, each done once, and what is finished stays finished."""

import operator
import os

import pytest

from mesobridge.validation.parallel import side_by_side
from mesobridge.validation.store import Store

CODE = ("units",)


class Counter:
    """Progress that counts."""

    def __init__(self):
        self.stages, self.done = [], 0

    def stage(self, name, total):
        self.stages.append((name, total))

    def advance(self, steps=1):
        self.done += steps

    def note(self, sentence):
        raise AssertionError(sentence)


def together(function, calls, folder, workers=2):
    counter = Counter()
    results = side_by_side(
        "Working", function, calls, packages=CODE, store=Store(folder), workers=workers, progress=counter
    )
    assert counter.stages == [("Working", len(calls))]
    assert counter.done == len(calls)
    return results


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_the_order_of_the_calls(tmp_path, workers):
    calls = [(number, 7) for number in range(12)]
    assert together(divmod, calls, tmp_path, workers) == [divmod(*call) for call in calls]


def test_finished_calls_are_not_done_again(tmp_path):
    """A folder can be made once only."""
    calls = [(str(tmp_path / name),) for name in ("a", "b", "c")]
    together(os.mkdir, calls[:2], tmp_path)
    together(os.mkdir, calls, tmp_path)
    assert {"a", "b", "c"} <= {path.name for path in tmp_path.iterdir()}


def test_nothing_to_do_is_done_at_once(tmp_path):
    assert together(divmod, [], tmp_path) == []


def test_a_call_that_fails_is_told_and_the_finished_ones_are_kept(tmp_path):
    calls = [(8, 2), (9, 3), (1, 0)]
    with pytest.raises(ZeroDivisionError):
        together(operator.truediv, calls, tmp_path, workers=1)
    store = Store(tmp_path)
    assert [store.has(operator.truediv, *call, packages=CODE) for call in calls] == [True, True, False]
