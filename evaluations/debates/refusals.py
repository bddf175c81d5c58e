"""Why something in a debate is not done, in words for whoever asked."""

from evaluations.accounts.models import User
from evaluations.common.decisions import barred
from evaluations.debates.models import Statement, Vote
from evaluations.runs.models import Output


class DebateRefused(Exception):
    """It cannot be done; the message says why and what to do instead."""


class DebateClosed(DebateRefused):
    """The version is not in force any more, so that nothing is added to its debate."""


class SaidAlready(DebateRefused):
    """A statement says the same but for case and stops: another's can be voted on, and one's own
    takes more outputs on its page."""

    def __init__(self, statement: Statement, *, own: bool = False) -> None:
        super().__init__(
            "You said this already: its page takes more outputs, and other words until somebody "
            "votes on it."
            if own
            else f"{statement.by} said this already. Vote on it instead of saying it again."
        )
        self.statement = statement


class NothingShown(DebateRefused):
    """A statement that must show an output shows none."""


class VerdictAgainst(DebateRefused):
    """What a role claims is not what the version says of the output, which is `verdict`."""

    def __init__(self, output: Output, verdict: str, words: str) -> None:
        super().__init__(words)
        self.output = output
        self.verdict = verdict


def may_not_moderate(statement: Statement, actor: User) -> str:
    """Why somebody may not decide about another's statement; empty where they may. Staff may also
    where they take part, since a small site has nobody else. At most three queries."""
    if not actor.may_moderate:
        return "Only its author and moderators retire a statement."
    if not actor.is_staff and takes_part(statement.version_id, actor):
        return "You take part in this debate, so somebody else decides about it."
    return barred(statement, actor)


def takes_part(version: int, person: User) -> bool:
    """Whether somebody ever voted or said something in the debate about a version, by its key."""
    return (
        Vote.objects.cast_in(version, person).exists()
        or Statement.objects.filter(version=version, author=person).exists()
    )
