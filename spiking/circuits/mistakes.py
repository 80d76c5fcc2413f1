"""Mistakes in a circuit's file: one sentence for each, all of them collected before anything is built."""

import difflib
from collections.abc import Collection, Iterable


class CircuitError(ValueError):
    """A circuit cannot be read; ``mistakes`` holds one sentence for each thing to mend."""

    def __init__(self, source: str, mistakes: Iterable[str]) -> None:
        self.source = source
        self.mistakes = tuple(mistakes)
        count = "1 mistake" if len(self.mistakes) == 1 else f"{len(self.mistakes)} mistakes"
        super().__init__("\n".join((f"{source}: {count}", *(f"  {sentence}" for sentence in self.mistakes))))


def unknown_name(what: str, name: object, known: Collection[str]) -> str:
    """Return the sentence for a name that does not exist, with the nearest one that does."""
    near = difflib.get_close_matches(str(name), known, n=1, cutoff=0.5)
    advice = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}."
    return f"there is no {what} {name!r}; {advice}"
