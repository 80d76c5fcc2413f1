import io
import threading

import pytest

from mesobridge.validation.progress import Bar, Lines, Silence, progress_on


def test_a_log_gets_plain_lines_with_the_time_left():
    stream = io.StringIO()
    lines = Lines(stream, every=0.0)
    lines.stage("simulate", 4)
    lines.advance()
    lines.advance(3)
    said = stream.getvalue().splitlines()
    assert said[0] == "simulate: 4 to do"
    assert said[1].startswith("simulate: 1/4, about ")
    assert said[2].startswith("simulate: 4/4, done in ")


def test_a_log_is_not_flooded():
    stream = io.StringIO()
    lines = Lines(stream, every=3600.0)
    lines.stage("simulate", 1000)
    for _ in range(1000):
        lines.advance()
    assert len(stream.getvalue().splitlines()) == 2


@pytest.mark.parametrize("make", [Silence, lambda: Lines(io.StringIO(), every=0.0)])
def test_steps_may_be_counted_from_many_threads(make):
    progress = make()
    progress.stage("fit", 8)
    threads = [threading.Thread(target=progress.advance) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    progress.note("all done")
    if isinstance(progress, Lines):
        assert any("8/8" in line for line in progress._stream.getvalue().splitlines())  # type: ignore[attr-defined]


def test_a_terminal_gets_a_bar_and_a_file_gets_lines():
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    with progress_on(io.StringIO()) as progress:
        assert isinstance(progress, Lines)
    terminal = Terminal()
    with progress_on(terminal) as progress:
        assert isinstance(progress, Bar)
        progress.stage("simulate", 2)
        progress.advance(2)
        progress.note("no compiler found")
    assert "simulate" in terminal.getvalue()
    assert "no compiler found" in terminal.getvalue()
