"""What changed between two wordings of a definition: word by word, and in the rule."""

import difflib
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from evaluations.definitions.models import AbsencePolicy, PartlyPolicy, Wording
from evaluations.rules import Node, describe, tree

Kind = Literal["same", "ins", "del"]

LONGEST: Final = 4000
MOST_PAIRS: Final = 40_000
"""Pieces of a text that are compared one by one; a longer one is shown as replaced."""
_PIECES = re.compile(r"\s+|\w+(?:[’'-]\w+)*|[^\w\s]")

TEXTS: Final[Mapping[str, str]] = {
    "statement": "Statement",
    "reading": "Reading",
    "note": "Note",
    "positive_example": "Example that counts",
    "positive_why": "Why it counts",
    "negative_example": "Example that does not count",
    "negative_why": "Why it does not",
}


@dataclass(frozen=True, slots=True)
class TextPiece:
    """Some text that stayed, came in or went out."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of the wording, compared."""

    name: str
    label: str
    pieces: tuple[TextPiece, ...]

    @property
    def changed(self) -> bool:
        return any(piece.kind != "same" for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class WordingDifference:
    """Two wordings, compared field by field; `rule_lines` are lines of the rule as JSON."""

    fields: tuple[FieldChange, ...]
    rule: FieldChange
    rule_lines: tuple[TextPiece, ...]
    before: Node
    after: Node
    rule_changed: bool

    @property
    def changed(self) -> bool:
        return self.rule_changed or any(field.changed for field in self.fields)

    @property
    def changed_labels(self) -> list[str]:
        """What differs, in the order of the page."""
        rule = ["Rule"] if self.rule_changed else []
        return [field.label for field in self.fields if field.changed] + rule


def difference(before: Wording, after: Wording, titles: Mapping[str, str]) -> WordingDifference:
    """Compare two wordings; `titles` maps criterion keys to the words to show."""
    fields = [
        FieldChange(name, label, words(getattr(before, name), getattr(after, name)))
        for name, label in TEXTS.items()
    ]
    for name, label, choices in (
        ("absence_policy", "Where no trace is visible", AbsencePolicy),
        ("partly_policy", "Partly", PartlyPolicy),
    ):
        was, now = (str(choices(getattr(each, name)).label) for each in (before, after))
        fields.append(FieldChange(name, label, replaced(was, now)))
    was, now = (("verbatim" if each.quoted else "in own words") for each in (before, after))
    fields.append(FieldChange("quoted", "Quotation", replaced(was, now)))
    return WordingDifference(
        fields=tuple(fields),
        rule=FieldChange(
            "rule", "Rule", words(describe(before.rule, titles), describe(after.rule, titles))
        ),
        rule_lines=lines(before.rule, after.rule),
        before=tree(before.rule, titles=titles),
        after=tree(after.rule, titles=titles),
        rule_changed=before.rule != after.rule,
    )


def words(before: str, after: str) -> tuple[TextPiece, ...]:
    """A text and its successor as pieces, word by word; the pieces that stayed and came in make
    up *after*, those that stayed and went out make up *before*."""
    was, now = (_PIECES.findall(text) for text in (before, after))
    if len(was) > LONGEST or len(now) > LONGEST:
        return replaced(before, after)
    pieces = [TextPiece(kind, "".join(some)) for kind, some in _opcodes(was, now)]
    return tuple(_without_gaps(pieces))


def replaced(before: str, after: str) -> tuple[TextPiece, ...]:
    """A text that is compared as a whole."""
    if before == after:
        return (TextPiece("same", before),) if before else ()
    pieces = (TextPiece("del", before), TextPiece("ins", after))
    return tuple(piece for piece in pieces if piece.text)


def lines(before: object, after: object) -> tuple[TextPiece, ...]:
    """Two rules as lines of JSON, each a piece."""
    was, now = (json.dumps(rule, indent=2).splitlines() for rule in (before, after))
    found: list[TextPiece] = []
    for kind, some in _opcodes(was, now):
        found.extend(TextPiece(kind, line) for line in some)
    return tuple(found)


def _opcodes(was: Sequence[str], now: Sequence[str]) -> list[tuple[Kind, Sequence[str]]]:
    """What stayed, went out and came in. What both begin and end with is not searched, and the
    rest is compared as a whole where the same pieces come again and again: the time that the
    search takes grows with the pairs of them, and anybody may ask for it."""
    head = _alike(was, now)
    tail = _alike(was[head:][::-1], now[head:][::-1])
    middle = was[head : len(was) - tail], now[head : len(now) - tail]
    found: list[tuple[Kind, Sequence[str]]] = [("same", now[:head])] if head else []
    found.extend(_searched(*middle))
    if tail:
        found.append(("same", now[len(now) - tail :]))
    return found


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """How many pieces both begin with."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _searched(was: Sequence[str], now: Sequence[str]) -> list[tuple[Kind, Sequence[str]]]:
    counts = Counter(piece for piece in now if not piece.isspace())
    if sum(counts[piece] for piece in was) > MOST_PAIRS:
        return [("del", was), ("ins", now)]
    found: list[tuple[Kind, Sequence[str]]] = []
    # White space alone is no place to begin a match at.
    matcher = difflib.SequenceMatcher(str.isspace, was, now, autojunk=False)
    for tag, was_from, was_to, now_from, now_to in matcher.get_opcodes():
        if tag == "equal":
            found.append(("same", now[now_from:now_to]))
            continue
        if was_to > was_from:
            found.append(("del", was[was_from:was_to]))
        if now_to > now_from:
            found.append(("ins", now[now_from:now_to]))
    return found


def _without_gaps(pieces: Sequence[TextPiece]) -> list[TextPiece]:
    """Where only white space stayed between two changes, they read better as one."""
    found: list[TextPiece] = []
    out = into = ""
    for index, piece in enumerate(pieces):
        gap = piece.kind == "same" and not piece.text.strip() and (out or into)
        if piece.kind == "del":
            out += piece.text
        elif piece.kind == "ins":
            into += piece.text
        elif gap and index + 1 < len(pieces):
            out, into = out + piece.text, into + piece.text
        else:
            found += [*replaced(out, into), piece]
            out = into = ""
    return [*found, *replaced(out, into)]
