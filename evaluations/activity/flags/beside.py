"""What a moderator sees beside a flagged thing: who wrote it, and statements that say nearly it."""

from dataclasses import dataclass
from typing import Final

from evaluations.accounts.models import User
from evaluations.accounts.standing import standing_of
from evaluations.activity.flags.waiting import Target, writers_of
from evaluations.activity.models import Decision
from evaluations.debates.models import Statement

ALIKE: Final = 0.4
"""Share of the words of two statements that they have in common, from which they are alike."""
MOST_ALIKE: Final = 3


@dataclass(frozen=True, slots=True)
class Writer:
    """Somebody whose words are flagged, by their real name."""

    person: User
    standing: str
    against: int
    """Decisions that took something of theirs away, or asked for other words."""


def writers(target: Target) -> list[Writer]:
    """Who wrote a flagged thing; at most seven queries each, for one or two people."""
    found = User.objects.filter(pk__in=[key for key in writers_of(target) if key is not None])
    return [
        Writer(
            person, standing_of(person).label, Decision.objects.against().concerning(person).count()
        )
        for person in found.order_by("pk")
    ]


def near_duplicates(target: Target) -> list[Statement]:
    """Standing statements of the same debate that share most words; none for other things.

    Two queries: one reads the words of the whole debate.
    """
    if not isinstance(target, Statement):
        return []
    others = Statement.objects.standing().filter(version=target.version_id).exclude(pk=target.pk)
    own = set(target.text_key.split())
    shares = []
    for key, text in others.values_list("pk", "text_key"):
        words = set(text.split())
        shares.append((len(own & words) / len(own | words), key))
    best = [key for share, key in sorted(shares, reverse=True)[:MOST_ALIKE] if share >= ALIKE]
    found = Statement.objects.in_bulk(best)
    return [found[key] for key in best]
