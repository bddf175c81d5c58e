"""What a protocol may show to whom: nothing to more people than may read it.

A public protocol shows what is public. An unlisted one also what of its owner is unlisted, a
private one also what of its owner is private, each judge only what they may read themselves.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import Model, Q, QuerySet

from evaluations.accounts.models import User
from evaluations.accounts.visibility import Audience, Guarded
from evaluations.judgments.models import Judge, JudgeKind, Protocol
from evaluations.prompts.models import PromptSet
from evaluations.runs.models import Output, Run

# Of a run `r` or a prompt set `s`: the column of its owner, the table of its readers.
OWNERS = {
    "r": ("launched_by_id", "runs_run_readers", "run_id"),
    "s": ("owner_id", "prompts_promptset_readers", "promptset_id"),
}


def is_of(alias: str, user: str) -> str:
    """SQL condition that *user* (SQL of a key) owns a run `r` or a set `s`, or is invited to it."""
    owner, table, key = OWNERS[alias]
    return (
        f"({alias}.{owner} = {user} OR EXISTS (SELECT FROM {table} reader "
        f"WHERE reader.{key} = {alias}.id AND reader.user_id = {user}))"
    )


def is_within(alias: str) -> str:
    """SQL condition that `%(version)s` may show a run `r`, or a prompt set `s`, to `%(judge)s`."""
    return f"""({alias}.visibility = 'public' OR EXISTS (
        SELECT FROM judgments_protocolversion terms
            JOIN judgments_protocol p ON p.id = terms.protocol_id
        WHERE terms.id = %(version)s AND p.visibility <> 'public' AND (
            {alias}.visibility = 'unlisted' OR (p.visibility = 'private' AND EXISTS (
                SELECT FROM judgments_judge who JOIN accounts_user u ON u.id = who.user_id
                WHERE who.id = %(judge)s AND (u.is_staff OR {is_of(alias, "u.id")}))))))"""


def shows(protocol: Protocol, user: Any, way: str) -> Q:
    """Condition that a protocol may show something to *user*; *way* leads to its run or set."""
    condition = Q(**{f"{way}visibility": Audience.PUBLIC})
    if protocol.visibility != Audience.PUBLIC:
        condition |= Q(**{f"{way}visibility": Audience.UNLISTED})
    if protocol.visibility == Audience.PRIVATE and isinstance(user, User):
        kind: type[Model] = PromptSet if "prompt" in way else Run
        rows: Any = kind._default_manager
        condition |= Q(**{f"{way}pk__in": rows.readable_by(user).values("pk")})
    return condition


def levels_of(protocol: Protocol | None) -> list[str]:
    """The levels beside public that a protocol selects from what is its owner's."""
    return {
        Audience.UNLISTED: [Audience.UNLISTED.value],
        Audience.PRIVATE: [Audience.UNLISTED.value, Audience.PRIVATE.value],
    }.get(Audience(protocol.visibility) if protocol else Audience.PUBLIC, [])


def selects(protocol: Protocol | None, way: str) -> Q:
    """Condition that a protocol, or one that is still to be made, selects something."""
    condition = Q(**{f"{way}visibility": Audience.PUBLIC})
    levels = levels_of(protocol)
    if protocol is None or not levels or protocol.owner is None:
        return condition
    kind: type[Guarded] = PromptSet if "prompt" in way else Run
    rows: Any = kind._default_manager
    theirs = rows.listed_for(protocol.owner).filter(visibility__in=levels)
    return condition | Q(**{f"{way}pk__in": theirs.values("pk")})


def selected(alias: str) -> str:
    """The same in SQL, with `%(levels)s` and `%(owner)s`."""
    return (
        f"({alias}.visibility = 'public' OR ({alias}.visibility = ANY(%(levels)s) "
        f"AND {is_of(alias, '%(owner)s')}))"
    )


WROTE_IT = "You wrote this yourself, so others judge it."


def written_by(judge: Judge | None) -> QuerySet[Output]:
    """Outputs that somebody wrote by hand, who never judges them."""
    return Output.objects.filter(by_hand__judge=judge, by_hand__isnull=False)


def wrote(judge: Judge | None, outputs: Iterable[Output]) -> bool:
    """Whether one of these is what this judge wrote. One query at most."""
    keys = [output.pk for output in outputs]
    return judge is not None and written_by(judge).filter(pk__in=keys).exists()


def judgeable(judge: Judge) -> QuerySet[Output]:
    """Outputs that a judge may judge: what their person may read, or of a model whatever it got.

    Not what they wrote themselves.
    """
    written: Any = Output.objects.written()
    found: QuerySet[Output] = (
        written if judge.kind == JudgeKind.MODEL else written.readable_by(judge.user)
    )
    return found.exclude(pk__in=written_by(judge))
