"""Mistakes in a study: each one a sentence with its place, all of them collected before anything runs."""

import difflib
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

Place = Sequence[str | int]


class StudyError(ValueError):
    """A study cannot be run; ``mistakes`` holds one sentence for each thing to mend."""

    def __init__(self, source: str, mistakes: Iterable[str]) -> None:
        self.source = source
        self.mistakes = tuple(mistakes)
        count = "1 mistake" if len(self.mistakes) == 1 else f"{len(self.mistakes)} mistakes"
        super().__init__("\n".join((f"{source}: {count}", *(f"  {sentence}" for sentence in self.mistakes))))


class Mistakes(ValueError):
    """Several sentences that belong to one key; they become part of a `StudyError`."""

    def __init__(self, sentences: Iterable[str]) -> None:
        self.sentences = tuple(sentences)
        super().__init__(" ".join(self.sentences))


def place_name(place: Place) -> str:
    """Return where a mistake stands, e.g. ``mechanisms (entry 2).amounts``."""
    parts = [f" (entry {part + 1})" if isinstance(part, int) else f".{part}" for part in place]
    return "".join(parts).removeprefix(".")


def misfit(given: object, message: str) -> str:
    """Return the sentence for a value of the wrong kind, from pydantic's message."""
    return f"{given!r} does not fit, {message[0].lower()}{message[1:]}."


def unknown_name(what: str, name: str, known: Collection[str]) -> str:
    """Return the sentence for a name that does not exist, with the nearest one that does."""
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    advice = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}."
    return f"there is no {what} {name!r}; {advice}"


def sentences(error: ValidationError, model: type[BaseModel]) -> list[str]:
    """Return one sentence for each mistake that pydantic found in the data of ``model``."""
    found: list[str] = []
    for item in error.errors(include_url=False):
        cause = item.get("ctx", {}).get("error")
        if isinstance(cause, Mistakes):
            found.extend(cause.sentences)
        else:
            found.append(f"{place_name(item['loc'])}: {_sentence(item, cause, model)}")
    return found


def _sentence(item: Any, cause: Exception | None, model: type[BaseModel]) -> str:
    if cause is not None:
        return str(cause).removeprefix("value: ")
    if item["type"] == "extra_forbidden":
        *where, key = item["loc"]
        return unknown_name("key", str(key), _keys(model, where))
    if item["type"] == "missing":
        return "is missing; it has no default."
    return misfit(item["input"], item["msg"])


def _keys(model: type[BaseModel], place: Place) -> list[str]:
    """Return the keys that the table at ``place`` may have."""
    for part in place:
        if isinstance(part, str):
            model = next(_models(_field(model, part).annotation))
    return [field.alias or name for name, field in model.model_fields.items()]


def _field(model: type[BaseModel], key: str) -> FieldInfo:
    """Return the field that the study file calls ``key``."""
    return next(field for name, field in model.model_fields.items() if key in (name, field.alias))


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)
