"""A debate as plain records, for tables, files and frozen debates. No record names a person."""

import hashlib
import hmac
from collections.abc import Iterator
from typing import Any, Final

from evaluations.common.folding import folded_among
from evaluations.debates.models import Evidence, Reaction, Stance, Statement, Vote
from evaluations.debates.pool import Card, Debate, Entry
from evaluations.definitions.models import DefinitionVersion

FORMAT: Final = "by-what-definition-debate-1"
DIGITS: Final = 6
COLUMNS: Final = (
    "statement", "kind", "text", "source", "written_on", "from_version", "carried_from", "quotes",
    "evidence", "useful", "rated", "agree", "disagree", "unsure", "bridging", "badge", "thin",
    "crux", "common_ground", "minds_changed",
)  # fmt: skip
VOTED: Final = COLUMNS[COLUMNS.index("useful") :]
"""What votes tell, and the stances that a statement changed."""
CHECKED: Final = ("verdict", "state", "since", "answered_by", "callers", "callers_against")
"""What of evidence is told once its output was opened."""
Record = dict[str, Any]


def records_of(debate: Debate) -> list[Record]:
    """One record a statement, in the order in which they were made."""
    return [record_of(it) for it in sorted(debate.entries, key=lambda it: it.key)]


def record_of(entry: Entry) -> Record:
    said, tally = entry.statement, entry.tally
    found: Record = {
        "statement": said.pk,
        "kind": said.kind,
        "text": said.text,
        "source": said.source,
        "written_on": said.created_at.date().isoformat(),
        "from_version": said.version.number,
        "carried_from": said.carried_from_id,
        "quotes": said.quotes_id,
        "evidence": [evidence_record(it) for it in entry.cards],
        "useful": tally.useful,
        "rated": tally.rated,
        "agree": tally.agree,
        "disagree": tally.disagree,
        "unsure": tally.unsure,
        "bridging": rounded(tally.score),
        "badge": tally.badge,
        "thin": tally.thin,
        "crux": tally.crux,
        "common_ground": rounded(tally.common) if tally.common_ground else None,
        "minds_changed": entry.changed,
    }
    if entry.asked_of is not None:
        # What was said of an earlier version was voted on there.
        found |= dict.fromkeys(VOTED)
    return found


def shown_record(entry: Entry) -> Record:
    """A statement as its page shows it to its reader: words that are folded stay so, numbers come
    after voting, what was checked of an output after it was opened."""
    found = {**record_of(entry), "text": entry.title}
    if not entry.shows_numbers:
        found |= dict.fromkeys(VOTED)
    for told, card in zip(found["evidence"], entry.cards, strict=True):
        if not card.opened:
            told |= dict.fromkeys(CHECKED)
    return found


def evidence_record(card: Card) -> Record:
    check = card.check
    return {
        "output": card.evidence.output_id,
        "role": card.evidence.role,
        "quote": card.evidence.quote if card.readable else "",
        "verdict_then": card.evidence.verdict_then,
        "verdict": check.verdict,
        "state": check.state,
        "since": check.since and check.since.isoformat(),
        "answered_by": check.by,
        "callers": check.weight.callers,
        "callers_against": check.weight.against,
    }


def rounded(number: float | None) -> float | None:
    """A figure with so many digits that it hashes alike on every machine."""
    return None if number is None else round(number, DIGITS)


def contents_of(debate: Debate) -> Record:
    """All of a debate as it is frozen: what it is about, the sides that count, the statements."""
    version, sides = debate.version, debate.sides
    return {
        "format": FORMAT,
        "definition": version.definition.slug,
        "name": version.definition.name,
        "version": version.number,
        "statement": version.statement,
        "sides": sides.basis,
        "side_sizes": {sides.names[side]: sides.voters[side] for side in sides.counting},
        "stances": dict(sorted(debate.stances.items())),
        "statements": records_of(debate),
    }


def lines_of(version: DefinitionVersion, salt: bytes) -> Iterator[Record]:
    """Every row about a version, also what was reworded, retired and superseded, by its kind; words
    that readers folded stay so.

    Voters and those who stand somewhere have pseudonyms that hold within this version alone, and
    days instead of times; who wrote a statement is on its page, and is not named here. Whoever
    asked something of an author is known to that author, so a reaction has a pseudonym of its own.
    """

    def name_of(person: int | None, apart: str = "") -> str | None:
        if person is None:
            return None
        said = f"debate:{version.pk}:{apart}{person}".encode()
        return hmac.new(salt, said, hashlib.sha256).hexdigest()[:16]

    rows = list(Statement.objects.filter(version=version).order_by("pk"))
    folded = folded_among(Statement, (row.pk for row in rows), None)
    for row in rows:
        yield {
            "row": "statement", "statement": row.pk, "kind": row.kind,
            "text": "" if row.is_withheld else folded.get(row.pk, row.text), "source": row.source,
            "checked": row.checked, "quotes": row.quotes_id, "quote_start": row.quote_start,
            "quote_end": row.quote_end, "supersedes": row.supersedes_id,
            "carried_from": row.carried_from_id, "current": row.is_current,
            "retired_for": row.retired_for, "day": day(row.created_at),
        }  # fmt: skip
    for shown in Evidence.objects.filter(statement__version=version).order_by("pk"):
        yield {
            "row": "evidence", "statement": shown.statement_id, "output": shown.output_id,
            "role": shown.role, "verdict_then": shown.verdict_then, "part": shown.part,
            "start": shown.start, "end": shown.end, "day": day(shown.added_at),
        }  # fmt: skip
    for vote in Vote.objects.filter(statement__version=version).order_by("pk"):
        yield {
            "row": "vote", "statement": vote.statement_id, "person": name_of(vote.voter_id),
            "useful": vote.useful, "agreement": vote.agreement, "current": vote.is_current,
            "day": day(vote.created_at),
        }  # fmt: skip
    for stance in Stance.objects.filter(version=version).order_by("pk"):
        yield {
            "row": "stance", "person": name_of(stance.person_id), "value": stance.value,
            "before": stance.before, "because": stance.because_id, "current": stance.is_current,
            "day": day(stance.created_at),
        }  # fmt: skip
    for reply in Reaction.objects.filter(statement__version=version).order_by("pk"):
        yield {
            "row": "reaction", "statement": reply.statement_id,
            "person": name_of(reply.person_id, f"{reply.statement_id}:{reply.kind}:"),
            "kind": reply.kind, "start": reply.start, "end": reply.end, "link": reply.link,
            "current": reply.is_current, "day": day(reply.created_at),
        }  # fmt: skip


def day(moment: Any) -> str:
    return str(moment.date().isoformat())
