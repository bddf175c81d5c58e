"""Whether a draft is still the one that a form was opened on, and what changed if not."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evaluations.definitions.diffs import TextPiece, words
from evaluations.definitions.forms import provenance_of, wording_of
from evaluations.definitions.models import Definition, DefinitionVersion
from evaluations.rules import describe


def draft_of(definition: Definition) -> DefinitionVersion | None:
    """The version that is being written, if any."""
    return definition.versions.filter(state="draft").order_by("-number").first()


def fingerprint(definition: Definition, draft: DefinitionVersion | None) -> str:
    """What a form was opened on: a digest of all that it can change."""
    said = {**provenance_of(definition), **(wording_of(draft) if draft else {"draft": None})}
    text = json.dumps(said, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Conflict:
    """What was saved elsewhere since: its statement against the typed one, and its rule."""

    statement: Sequence[TextPiece]
    rule: str


def conflict_with(
    stored: DefinitionVersion, typed_statement: str, titles: Mapping[str, str]
) -> Conflict:
    """What stands in the way of saving. The diff goes from what is stored to what was typed."""
    return Conflict(words(stored.statement, typed_statement), describe(stored.rule, titles))
