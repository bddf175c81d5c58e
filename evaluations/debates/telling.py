"""What happens in debates is told, in the transaction of the action, to whoever records it."""

from typing import Any

from django.dispatch import receiver

from evaluations.common.events import Happening, happened, tell
from evaluations.debates.choices import Reply
from evaluations.debates.models import DebateSnapshot, Reaction, Statement
from evaluations.definitions.models import DefinitionVersion

ASKS = {Reply.DEFINE.value: "asked-what-it-means", Reply.EXAMPLE.value: "asked-for-an-example"}
"""Reactions that want something of the author; others are not told, as votes are not."""


def tell_said(row: Statement) -> None:
    """A statement was made, and words of somebody were answered in it."""
    title = row.version.definition.name
    tell("statement-made", row, actor=row.author, title=title)
    if row.quotes is not None and row.quotes.author_id not in (None, row.author_id):
        tell(
            "statement-answered", row, actor=row.author, title=title,
            concerns=(row.quotes.author_id,),
        )  # fmt: skip


def tell_asked(reaction: Reaction) -> None:
    """Somebody wants to know more of the author of a statement."""
    said = reaction.statement
    if reaction.kind in ASKS and said.author_id is not None:
        tell(
            ASKS[reaction.kind], said, actor=reaction.person, title=said.version.definition.name,
            concerns=(said.author_id,),
        )  # fmt: skip


def tell_frozen(snapshot: DebateSnapshot) -> None:
    version = snapshot.version
    tell(
        "debate-frozen", version, actor=snapshot.created_by, title=version.definition.name,
        number=version.number,
    )  # fmt: skip


@receiver(happened)
def ask_whether_it_holds(*, happening: Happening, **_: Any) -> None:
    """Whoever said something about an earlier version is asked once whether it still holds."""
    version = happening.about
    if happening.kind != "version-published" or not isinstance(version, DefinitionVersion):
        return
    earlier = Statement.objects.standing().filter(
        version__definition=version.definition_id,
        version__number__lt=version.number,
        carried_to=None,
    )
    authors = set(earlier.exclude(author=None).order_by().values_list("author", flat=True))
    authors -= {happening.actor.pk if happening.actor is not None else None}
    if authors:
        tell(
            "still-holds", version, actor=happening.actor, title=happening.title,
            number=version.number, concerns=sorted(authors),
        )  # fmt: skip
