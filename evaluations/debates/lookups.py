"""Debates, statements and frozen debates by what an address says of them, or a 404."""

from django.db.models import Q
from django.http import HttpRequest

from evaluations.accounts.models import User
from evaluations.common.lookups import found_or_404
from evaluations.common.parameters import whole_number
from evaluations.debates.actions import closed_because
from evaluations.debates.models import DebateSnapshot, Stance, Statement, Vote
from evaluations.debates.pool import Debate, Reader
from evaluations.debates.refusals import DebateRefused
from evaluations.debates.weighing.tallies import changes_in, stances_in, votes_on
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.judges.visitors import visitor
from evaluations.judgments.models import Judge
from evaluations.leaderboards.matrix.current import current_matrix
from evaluations.leaderboards.snapshots.names import Named


def statement_or_404(key: int) -> Statement:
    return found_or_404(Statement.objects.for_page(), f"There is no statement {key}.", pk=key)


def named_in(number: str) -> Statement | None:
    """The statement that somebody names by its number; None where they name none.

    Raises:
        DebateRefused: for what is no number of a statement.
    """
    if not (number := number.strip().removeprefix("#")):
        return None
    key = whole_number(number)
    found = Statement.objects.filter(pk=key).first() if key is not None else None
    if found is None:
        raise DebateRefused(f"There is no statement “{number[:20]}”: give its number.")
    return found


def snapshot_or_404(slug: str, name: Named) -> DebateSnapshot:
    day, digits = name
    return found_or_404(
        DebateSnapshot.objects.select_related("version__definition"),
        f"No debate of “{slug}” was frozen as {day.isoformat()}-{digits}.",
        version__definition__slug=slug,
        day=day,
        digest__startswith=digits,
    )


def reader_of(request: HttpRequest) -> Reader:
    """Who reads, and of which statements they asked to see the numbers (`show` in the address)."""
    who = visitor(request)
    shown = {key for text in request.GET.getlist("show") if (key := whole_number(text)) is not None}
    return Reader(who.user, who.judge, frozenset(shown))


def debate_about(request: HttpRequest, version: DefinitionVersion) -> Debate:
    """The debate about a version as the visitor sees it."""
    return Debate(version, reader_of(request), closed=bool(closed_because(version)))


def debates_of(person: User, most: int) -> tuple[list[Debate], int]:
    """The debates in which somebody said, voted or holds something, as they see them; those about
    versions in force first. And how many more than *most* there are.

    Eight queries, and what is asked where somebody voted or answered since.
    """
    said = Statement.objects.filter(author=person).values("version")
    voted = Vote.objects.current().filter(voter=person).values("statement__version")
    stands = Stance.objects.current().filter(person=person).values("version")
    versions = (
        DefinitionVersion.objects.of_everyone()
        .with_pins()
        .filter(Q(pk__in=said) | Q(pk__in=voted) | Q(pk__in=stands))
        .order_by("-is_current", "definition__name", "-number")
    )
    shown = list(versions[:most])
    reader = Reader(person, Judge.objects.filter(user=person).first())
    held, changes, taken = current_matrix(), changes_in(shown), stances_in(shown)
    found = []
    for version in shown:
        debate = Debate(version, reader, closed=bool(closed_because(version)), held=held)
        debate.votes = votes_on(version, held, changes.get(version.pk, 0))
        debate.taken = taken[version.pk]
        found.append(debate)
    return found, versions.count() - len(found)
