"""A search for words such as “not reasoning” may mean what a definition says: where that is."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from evaluations.definitions.models import DefinitionVersion

MOST = 6
"""As many definitions are offered, where the words name none."""

VERDICTS = {
    "not-reasoning": r"\bnot\s+(?:be\s+)?reason(?:ing|s)?\b|\bno\s+reasoning\b",
    "partly": r"\bpartly(?:\s+reasoning)?\b",
    "undetermined": r"\bundetermined\b",
    "reasoning": r"\breasoning\b",
}
"""How a verdict is written in a search; the first that is found is meant."""


@dataclass(frozen=True)
class Meant:
    """Lists of outputs with a verdict: each with the name of the definition that gives it."""

    verdict: str
    lists: list[tuple[str, str]]
    of_any: str


def verdict_meant(asked: str) -> Meant | None:
    """Where the outputs stand of which a definition says what was asked for; None where the words
    write no verdict. Plain “reasoning” is one only beside the name of a definition: alone it is the
    topic of the whole site. Makes one query.
    """
    found = next(
        ((word, m) for word, how in VERDICTS.items() if (m := re.search(how, asked.lower()))), None
    )
    if found is None:
        return None
    verdict, place = found
    rest = asked[: place.start()] + " " + asked[place.end() :]
    curated = list(DefinitionVersion.objects.curated().for_map())
    chosen = named_in(rest, curated)
    if not chosen and verdict == "reasoning":
        return None
    address = reverse("outputs")
    lists = [
        (
            version.definition.name,
            f"{address}?{urlencode({'definition': version.definition.slug, 'verdict': verdict})}",
        )
        for version in (chosen or curated)[:MOST]
    ]
    return Meant(verdict, lists, f"{address}?{urlencode({'verdict': verdict})}")


def named_in(words: str, versions: Iterable[DefinitionVersion]) -> list[DefinitionVersion]:
    """The definitions whose name has one of the words, of four letters or more."""
    wanted = {word for word in re.findall(r"[^\W\d_]{4,}", words.lower()) if word != "reasoning"}
    return [
        version
        for version in versions
        if wanted & set(re.findall(r"[^\W\d_]+", version.definition.name.lower()))
    ]
