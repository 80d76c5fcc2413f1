"""The papers behind a report: read from the packaged bibliography, printed in one plain style."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_ENTRY = re.compile(r"@(?P<kind>\w+)\s*\{\s*(?P<key>[^,\s]+)\s*,(?P<body>.*?)\n\}", re.DOTALL)
_FIELD = re.compile(
    r"(?P<name>\w+)\s*=\s*(?:\{(?P<braced>(?:[^{}]|\{[^{}]*\})*)\}|\"(?P<quoted>[^\"]*)\"|(?P<bare>\d+))"
)
_ACCENTS = {
    r"\"a": "ä", r"\"o": "ö", r"\"u": "ü", r"\'a": "á", r"\'e": "é", r"\'i": "í", r"\'o": "ó", r"\'u": "ú", r"\`e": "è",
    r"\~n": "ñ", r"\c{c}": "ç", r"\o": "ø", r"\ss": "ß",
}  # fmt: skip


_PLACES = ("journal", "booktitle", "publisher", "howpublished")


@dataclass(frozen=True)
class Paper:
    """One entry of the bibliography, ready to print; ``found`` is false for a key the bibliography lacks."""

    key: str
    text: str
    doi: str = ""
    found: bool = True


def _plain(text: str) -> str:
    for accent, letter in _ACCENTS.items():
        text = text.replace("{" + accent + "}", letter).replace(accent, letter)
    text = text.replace(r"\url", "")
    return re.sub(r"\s+", " ", text.replace("{", "").replace("}", "").replace("--", "\N{EN DASH}")).strip()


def read_entries(text: str) -> dict[str, dict[str, str]]:
    """Return the fields of every entry of a BibTeX text, by key."""
    entries = {}
    for entry in _ENTRY.finditer(text):
        fields = {
            found["name"].lower(): _plain(found["braced"] or found["quoted"] or found["bare"] or "")
            for found in _FIELD.finditer(entry["body"])
        }
        entries[entry["key"]] = fields
    return entries


@cache
def bibliography() -> Mapping[str, Mapping[str, str]]:
    """Return the entries of the packaged bibliography."""
    return read_entries(Path(__file__).with_name("references.bib").read_text(encoding="utf-8"))


def _authors(field: str) -> str:
    names = [
        name.split(",")[0] + (" " + _initials(name.split(",")[1]) if "," in name else "")
        for name in field.split(" and ")
    ]
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " & " + names[-1]


def _initials(given: str) -> str:
    return "".join(word[0] for word in re.split(r"[\s.]+", given) if word)


def _place(fields: Mapping[str, str]) -> str:
    where = next((fields[name] for name in _PLACES if name in fields), "")
    numbers = fields.get("volume", "") + (f":{fields['pages']}" if fields.get("pages") else "")
    return f"{where} {numbers}".strip()


def describe(key: str) -> Paper:
    """Return the paper of one key; an unknown key is shown as such, not dropped."""
    fields = bibliography().get(key)
    if fields is None:
        return Paper(key, f"{key} (not in the bibliography)", found=False)
    parts = (_authors(fields.get("author", key)), f"({fields.get('year', 'no year')})")
    text = f"{' '.join(parts)} {fields.get('title', '')}. {_place(fields)}."
    return Paper(key, text, fields.get("doi", ""))


def papers(keys: Iterable[str]) -> list[Paper]:
    """Return the papers of these keys, each once, in alphabetical order."""
    return sorted((describe(key) for key in dict.fromkeys(keys)), key=lambda paper: paper.text)
