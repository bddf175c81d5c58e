"""A prompt before it is stored, and what keeps it from being stored, each as a sentence."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Final

from evaluations.common.texts.shortened import shortened
from evaluations.common.texts.unseen import hidden_in, shows_something, without_hidden
from evaluations.grading import BadParameters, GradingError, NotGraded, check_reference
from evaluations.grading.grade import TIMED_OUT
from evaluations.prompts.models import Grader, Prompt, PromptSet, Relation

MOST: Final = {
    "title": 120, "text": 8000, "reference": 1000, "family": 60, "licence": 40, "note": 2000,
}  # fmt: skip
"""Characters of each field."""
LONGEST_PARAMETERS: Final = 4000
"""Characters of JSON."""
SECONDS: Final = 60.0
"""In which the graders of drafts must have tried their references: somebody waits for the page."""
TOO_SLOW: Final = "The graders of those before it took too long: store fewer at once."
TITLE_FROM_TEXT: Final = 60
DEEPEST: Final = 50
"""Levels of objects and lists within each other that an origin may have."""
TOO_DEEP: Final = f"has more than {DEEPEST} levels of objects and lists within each other"


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What is written of a prompt. `family` is the name that its set has for it."""

    text: str
    title: str = ""
    reference: str = ""
    grader: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    family: str = ""
    relation: str = ""
    licence: str = ""
    note: str = ""
    origin: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, prompt: Prompt) -> "Draft":
        """What is stored of a prompt, which was read with its family."""
        return cls(
            text=prompt.text,
            title=prompt.title,
            reference=prompt.reference,
            grader=prompt.grader,
            parameters=prompt.parameters,
            family=str(prompt.family or ""),
            relation=prompt.relation,
            licence=prompt.licence,
            note=prompt.note,
            origin=prompt.origin,
        )


CHANGED_FROM: Final = "changed_from"
"""In the origin of a prompt whose wording somebody changed: the origin of what it was."""
WORDING: Final = ("text", "reference", "grader", "parameters", "family", "relation")
"""What a prompt asks and how its answers are checked: it stays as it was asked."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why the draft at a place cannot be stored."""

    place: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Held:
    """What a set holds already: its texts, and each of its families with its original, if any."""

    texts: frozenset[str] = frozenset()
    families: Mapping[str, bool] = field(default_factory=dict)

    @classmethod
    def by(cls, prompt_set: PromptSet, *, without: Prompt | None = None) -> "Held":
        """One query. *without* is a prompt that is about to be replaced."""
        kept = prompt_set.prompts.to_be_asked().select_related("family")
        rows = [row for row in kept if without is None or row.pk != without.pk]
        families: dict[str, bool] = {}
        for row in rows:
            if row.family is not None:
                name = str(row.family)
                families[name] = families.get(name, False) or row.relation == Relation.ORIGINAL
        return cls(frozenset(row.text for row in rows), families)


def drafted(**fields: Any) -> Draft:
    """A draft as it would be stored: line ends and blanks at the ends put in order, with a title.

    A title is one line. Without one the first words of the text are the title.
    """
    objects = {name: fields.pop(name, None) or {} for name in ("origin", "parameters")}
    kept: dict[str, Any] = {name: plain(value or "") for name, value in fields.items()}
    kept["title"] = " ".join(kept.get("title", "").split())
    if not kept["title"]:
        kept["title"] = title_from(kept.get("text", ""))
    return Draft(**{**kept, **objects})


def plain(text: str) -> str:
    """A text with line feeds alone and nothing blank at its ends."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def title_from(text: str) -> str:
    """The first line of a text that shows something, cut where a word ends; without the characters
    that no title may hold."""
    line = next(filter(None, map(without_hidden, text.split("\n"))), "")
    return shortened(line.rstrip(), TITLE_FROM_TEXT)


def faults(drafts: Sequence[Draft], held: Held) -> list[Fault]:
    """What keeps drafts from being stored together, at most one sentence for each, in order."""
    found: dict[int, str] = {}
    first: dict[str, int] = {}
    until = time.monotonic() + SECONDS
    for place, draft in enumerate(drafts):
        if time.monotonic() > until:
            return [Fault(place, TOO_SLOW)]
        if sentence := own_fault(draft):
            found[place] = sentence
            if TIMED_OUT in sentence:
                return [Fault(place, sentence)]  # the others may take as long
        elif draft.text in held.texts:
            found[place] = "The set has a prompt with the same text already."
        elif draft.text in first:
            found[place] = f"It has the same text as prompt {first[draft.text] + 1} of these."
        first.setdefault(draft.text, place)
    for place, sentence in family_faults(drafts, held).items():
        found.setdefault(place, sentence)
    return [Fault(place, found[place]) for place in sorted(found)]


def own_fault(draft: Draft) -> str:
    """Why a draft cannot be stored whatever stands beside it; empty where it can."""
    if not shows_something(draft.text):
        return "It has no text."
    for name, most in MOST.items():
        value = getattr(draft, name)
        if why := unstorable(value):
            return f"“{name}” {why}."
        if len(value) > most:
            return f"“{name}” has {len(value):,} characters; {most:,} are the most."
    if draft.title and (why := hidden_in(draft.title)):
        return f"“title” {why}."
    for name in ("origin", "parameters"):
        if why := unstorable(getattr(draft, name)):
            return f"“{name}” {why}."
    if len(json.dumps(draft.parameters)) > LONGEST_PARAMETERS:
        return f"“parameters” has more than {LONGEST_PARAMETERS:,} characters."
    if draft.relation and draft.relation not in Relation.values:
        return f"“{draft.relation}” is no relation. There are {in_a_row(Relation.values)}."
    if bool(draft.family) != bool(draft.relation):
        lacking = "relation" if draft.family else "family"
        return f"A family and a relation go together; it has no {lacking}."
    if not draft.grader:
        return "It has parameters of a grader and no grader." if draft.parameters else ""
    if draft.grader not in Grader.values:
        return f"“{draft.grader}” is no grader. There are {in_a_row(Grader.values)}."
    if not draft.reference:
        return "It has a grader and no reference answer."
    try:
        check_reference(draft.grader, draft.reference, draft.parameters)
    except BadParameters as error:
        return f"Its grader cannot work with these parameters: {error}."
    except NotGraded as error:
        return f"Its grader cannot be tried: {error}."
    except GradingError as error:
        return f"Its grader cannot work with this reference: {error}."
    return ""


def unstorable(value: Any) -> str:
    """Why PostgreSQL could not keep a text or a value of JSON, as the end of a sentence.

    Empty where it can. However deep a value is, no call is made within another.
    """
    waiting = [(value, 0)]
    while waiting:
        held, level = waiting.pop()
        if isinstance(held, str):
            if "\x00" in held:
                return "holds the character NUL"
            if any("\ud800" <= character <= "\udfff" for character in held):
                return "holds half of a surrogate pair"
        elif isinstance(held, float) and not isfinite(held):
            return "holds NaN, Infinity or a number beyond 1e308, which cannot be stored"
        elif isinstance(held, Mapping | list):
            if level == DEEPEST:
                return TOO_DEEP
            parts = [*held.keys(), *held.values()] if isinstance(held, Mapping) else held
            waiting += [(part, level + 1) for part in parts]
    return ""


def family_faults(drafts: Sequence[Draft], held: Held) -> dict[int, str]:
    """Families with two originals, or with none."""
    originals = {name for name, has_one in held.families.items() if has_one}
    found: dict[int, str] = {}
    members: dict[str, int] = {}
    for place, draft in enumerate(drafts):
        if not draft.family:
            continue
        members.setdefault(draft.family, place)
        if draft.relation == Relation.ORIGINAL:
            if draft.family in originals:
                found[place] = f"The family “{draft.family}” has an original already."
            originals.add(draft.family)
    for name, place in members.items():
        if name not in originals:
            found[place] = (
                f"The family “{name}” has no original: one of its prompts has the relation "
                f"“{Relation.ORIGINAL.value}”."
            )
    return found


def in_a_row(words: Sequence[str]) -> str:
    """Words with commas, and “and” before the last."""
    return f"{', '.join(words[:-1])} and {words[-1]}"
