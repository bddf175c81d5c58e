"""Making, rewording and carrying on statements."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from django.db import IntegrityError, transaction

from evaluations.accounts.models import User
from evaluations.common.decisions import is_asked_to_reword, waiting_among
from evaluations.debates.choices import COUNTEREXAMPLES, Kind, Role
from evaluations.debates.claims import EvidenceDraft, claimed_by
from evaluations.debates.models import Evidence, Statement
from evaluations.debates.refusals import DebateClosed, DebateRefused, NothingShown, SaidAlready
from evaluations.debates.telling import tell_said
from evaluations.debates.wording import WordingRefused, cleaned, key_of, piece_of
from evaluations.definitions.models import DefinitionVersion, State

MOST_EVIDENCE: Final = 12
MUST_SHOW: Final = (Kind.FOR, Kind.AGAINST)
"""Kinds that rest on an output, or, in the archive, on a source."""


def check_person(person: User) -> None:
    if not person.is_authenticated or not person.is_active:
        raise PermissionError("Sign in to take part in a debate.")


def open_version(version: DefinitionVersion) -> DefinitionVersion:
    """The version as it is stored now, locked until the transaction ends; joins the definition.

    Raises:
        DebateClosed: when it is not in force any more, or its definition is retired or merged.
    """
    kept = (
        DefinitionVersion.objects.select_for_update(of=("self",), no_key=True)
        .select_related("definition")
        .get(pk=version.pk)
    )
    if why_not := closed_because(kept):
        raise DebateClosed(why_not)
    return kept


def closed_because(version: DefinitionVersion) -> str:
    """Why nothing can be said about a version any more; empty while its debate is open."""
    if version.state in (State.RETIRED, State.MERGED):
        how = "retired" if version.state == State.RETIRED else "merged into another"
        return f"This definition was {how}: its debate can be read, and nothing is added to it."
    if not version.is_current:
        return (
            f"Version {version.number} is not in force any more: its debate can be read, and what "
            "is new is said about the version in force."
        )
    return ""


def check_kind(kind: str, evidence: Sequence[EvidenceDraft]) -> None:
    """Whether what a statement says and what it shows go together."""
    if kind not in Kind.values:
        raise DebateRefused("Choose what the statement does: for, against, scope or a question.")
    roles = {draft.role for draft in evidence}
    if kind in MUST_SHOW and not evidence:
        raise NothingShown(
            "A statement for or against shows at least one output. Name one, or make it a "
            "question, or say where the definition applies."
        )
    if kind == Kind.FOR and roles & set(COUNTEREXAMPLES):
        raise DebateRefused(
            "A counterexample speaks against the definition. Choose “against it”, or say that the "
            "output fits or is on the edge."
        )
    if kind == Kind.AGAINST and Role.FITS in roles:
        raise DebateRefused("An output that fits speaks for the definition. Choose “for it”.")
    if len(evidence) > MOST_EVIDENCE:
        raise DebateRefused(f"A statement shows at most {MOST_EVIDENCE} outputs.")


@transaction.atomic
def state(
    *,
    author: User,
    version: DefinitionVersion,
    kind: str,
    text: str,
    evidence: Sequence[EvidenceDraft] = (),
    quotes: Statement | None = None,
    quote: str = "",
    carried_from: Statement | None = None,
) -> Statement:
    """Make a statement about the version in force, with the outputs that it rests on.

    A second sending of the same is the statement that was made.

    Args:
        quotes: a statement that it answers, and *quote* the words of it.

    Raises:
        PermissionError: when *author* is not signed in.
        DebateClosed: when the version is not in force any more.
        SaidAlready: when one says the same but for case and stops; it has that one.
        VerdictAgainst: when a role is not what the version says of its output.
        DebateRefused: for words that are not taken, without evidence where there must be some, and
            for own words under flags that nobody decided about.
    """
    check_person(author)
    kept = open_version(version)
    text = taken(text)
    if known := sent_before(kept, author, kind, text, evidence, carried_from=carried_from):
        return known
    check_said(kept, text, author)
    check_flagged(kept, text, author)
    check_kind(kind, evidence)
    shown = claimed_by(kept, evidence)
    row = Statement(
        version=kept, author=author, kind=kind, text=text, text_key=key_of(text),
        carried_from=carried_from, **quoting(kept, quotes, quote),
    )  # fmt: skip
    made = stored(row, shown)
    tell_said(made)
    return made


def taken(text: str) -> str:
    try:
        return cleaned(text)
    except WordingRefused as error:
        raise DebateRefused(str(error)) from error


def sent_before(
    version: DefinitionVersion,
    author: User,
    kind: str,
    text: str,
    evidence: Sequence[EvidenceDraft],
    *,
    carried_from: Statement | None = None,
) -> Statement | None:
    """What somebody said of a version in these very words, with these outputs in these roles.

    Raises:
        DebateRefused: for words that are not taken.
    """
    own = Statement.objects.standing().filter(
        version=version, author=author, kind=kind, text=taken(text), carried_from=carried_from
    )
    shown = {(draft.output.pk, draft.role) for draft in evidence}
    for known in own:
        if shown == set(known.evidence.values_list("output", "role")):
            return known
    return None


def check_said(
    version: DefinitionVersion, text: str, author: User | None, besides: Statement | None = None
) -> None:
    """Whether neither *author* nor another said the same of the version, but for case and stops."""
    same = Statement.objects.standing().filter(version=version, text_key=key_of(text))
    if besides is not None:
        same = same.exclude(pk=besides.pk)
    if (found := same.select_related("author").first()) is not None:
        raise SaidAlready(found, own=author is not None and found.author_id == author.pk)


def check_flagged(version: DefinitionVersion, text: str, author: User) -> None:
    """Whether no moderator has yet to decide about these words of the author's: said anew, of this
    version or the next, they would stand without the flags."""
    said = Statement.objects.filter(
        version__definition=version.definition_id, author=author, text_key=key_of(text)
    )
    if waiting_among(Statement, said.values_list("pk", flat=True)):
        raise DebateRefused(
            "You said this before, and readers flagged it: it is not said anew until a moderator "
            "has decided."
        )


def quoting(version: DefinitionVersion, quotes: Statement | None, quote: str) -> dict[str, Any]:
    """The columns of a quotation; the whole statement where no words of it are named."""
    if quotes is None:
        return {}
    quotes = Statement.objects.get(pk=quotes.pk)
    if quotes.version_id != version.pk:
        raise DebateRefused("Only statements about the same version can be quoted.")
    if not quotes.is_standing:
        raise DebateRefused("The statement that you quote was reworded or retired meanwhile.")
    try:
        start, end = piece_of(quotes.text, quote) or (0, len(quotes.text))
    except WordingRefused as error:
        raise DebateRefused(str(error)) from error
    return {"quotes": quotes, "quote_start": start, "quote_end": end}


@contextmanager
def said_once(row: Statement) -> Iterator[None]:
    """In here a statement comes to stand; of two windows at once, the second is told.

    Raises:
        SaidAlready: when another that says the same came to stand meanwhile.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "statement_said_once" not in str(error):
            raise
        check_said(row.version, row.text, row.author, besides=row)
        raise


def stored(row: Statement, shown: Sequence[Evidence]) -> Statement:
    """Write a statement with its evidence."""
    with said_once(row):
        row.save(force_insert=True)
    for each in shown:
        each.statement = row
    Evidence.objects.bulk_create(shown)
    return row


@transaction.atomic
def add_archived(
    *, version: DefinitionVersion, kind: str, text: str, source: str, checked: str
) -> Statement:
    """A statement of the archive: nobody here wrote it, and it rests on its source.

    What is there already, in these words, is given back as it is, retired or not.

    Args:
        checked: how far it was read in its source, of `Checked`.

    Raises:
        DebateRefused: without a source, and for words that are not taken.
    """
    text = taken(text)
    if not source.strip():
        raise DebateRefused("A statement of the archive names its source.")
    if kind not in Kind.values:
        raise DebateRefused(f"“{kind}” is no kind of statement.")
    known = Statement.objects.filter(version=version, text_key=key_of(text), is_current=True)
    if (found := known.first()) is not None:
        return found
    return Statement.objects.create(
        version=version, kind=kind, text=text, text_key=key_of(text), source=source.strip(),
        checked=checked,
    )  # fmt: skip


def locked(statement: Statement) -> Statement:
    """The statement as it is stored now, locked; joins its author, version and definition."""
    return (
        Statement.objects.select_for_update(of=("self",))
        .select_related("author", "version__definition")
        .get(pk=statement.pk)
    )


def begun(statement: Statement, person: User) -> Statement:
    """A statement that is about to be voted on, answered or changed.

    Raises:
        PermissionError, DebateClosed: as in `state`.
        DebateRefused: when it was reworded or retired meanwhile.
    """
    check_person(person)
    kept = locked(statement)
    if kept.retired_at is not None:
        raise DebateRefused("This statement was retired meanwhile. Nothing was changed.")
    if not kept.is_current:
        raise DebateRefused(
            "Its author reworded this statement meanwhile. Read how it stands now, and decide then."
        )
    if why_not := closed_because(kept.version):
        raise DebateClosed(why_not)
    return kept


def owned(statement: Statement, author: User) -> Statement:
    kept = begun(statement, author)
    if kept.author_id is None or kept.author_id != author.pk:
        raise PermissionError("Only its author changes a statement; others answer it.")
    return kept


def may_not_reword(statement: Statement) -> str:
    """Why its author does not reword a statement now; empty where they may. At most three queries.

    Flags and what is folded by them hang on these very words, and votes were cast on them; but a
    moderator may ask for others all the same.
    """
    if waiting_among(Statement, [statement.pk]):
        return (
            "Readers flagged it, so its words stay until a moderator has decided. You can retire "
            "it meanwhile."
        )
    voted = statement.votes.exclude(voter=statement.author_id).exists()
    if voted and not is_asked_to_reword(statement):
        return (
            "Somebody else has voted on it, so its words stay. Retire it, or make another "
            "statement that says it better."
        )
    return ""


@transaction.atomic
def reword(*, statement: Statement, author: User, text: str) -> Statement:
    """Say one's statement in other words, while nobody else has voted on it, or once after a
    moderator asked for that.

    The new row supersedes the old one and shows the same outputs. Votes stay with the old words.

    Raises:
        PermissionError, DebateClosed, SaidAlready, DebateRefused: as `state`; for another's; and
            as `may_not_reword` says.
    """
    kept = owned(statement, author)
    text = taken(text)
    if text == kept.text:
        return kept
    if why_not := may_not_reword(kept):
        raise DebateRefused(why_not)
    check_said(kept.version, text, author, besides=kept)
    evidence = list(kept.evidence.all())
    Statement.objects.filter(pk=kept.pk).update(is_current=False)
    row = Statement(
        version=kept.version, author=author, kind=kept.kind, text=text, text_key=key_of(text),
        quotes_id=kept.quotes_id, quote_start=kept.quote_start, quote_end=kept.quote_end,
        supersedes=kept, carried_from_id=kept.carried_from_id,
    )  # fmt: skip
    shown = [
        Evidence(output_id=it.output_id, role=it.role, verdict_then=it.verdict_then, **it.span)
        for it in evidence
    ]
    return stored(row, shown)


@transaction.atomic
def carry(*, statement: Statement, author: User) -> Statement:
    """Say of the version in force what one said of an earlier one, with the outputs that it still
    rests on.

    Raises:
        PermissionError, DebateClosed, SaidAlready, DebateRefused: as `state`; for another's.
    """
    check_person(author)
    kept = locked(statement)
    if kept.author_id is None or kept.author_id != author.pk:
        raise PermissionError("Only its author says whether a statement still holds.")
    if not kept.is_standing:
        raise DebateRefused("This statement was reworded or retired: say it anew.")
    now = DefinitionVersion.objects.in_force().with_pins().get(definition=kept.version.definition)
    if now.pk == kept.version_id:
        raise DebateRefused("It is about the version in force already.")
    drafts = [
        EvidenceDraft(it.output, it.role, it.part, it.quote)
        for it in kept.evidence.select_related("output__prompt", "output__run")
    ]
    borne_out = {it.output.pk for it in claimed_by(now, drafts, refuse=False)}
    holding = [draft for draft in drafts if draft.output.pk in borne_out]
    if drafts and not holding and kept.kind in MUST_SHOW:
        raise DebateRefused(
            f"Version {now.number} says otherwise of every output that it rests on: it is answered."
        )
    return state(
        author=author, version=now, kind=kept.kind, text=kept.text, evidence=holding,
        carried_from=kept,
    )  # fmt: skip


@transaction.atomic
def add_evidence(*, statement: Statement, author: User, draft: EvidenceDraft) -> Evidence:
    """Show one more output for one's statement; none is ever taken away.

    Raises:
        PermissionError, DebateClosed, VerdictAgainst, DebateRefused: as `state`; for another's
            statement, and for an output that it shows already.
    """
    kept = owned(statement, author)
    if kept.evidence.filter(output=draft.output).exists():
        raise DebateRefused("The statement shows this output already.")
    if kept.evidence.count() >= MOST_EVIDENCE:
        raise DebateRefused(f"A statement shows at most {MOST_EVIDENCE} outputs.")
    check_kind(kept.kind, [draft])
    (made,) = claimed_by(kept.version, [draft])
    made.statement = kept
    made.save(force_insert=True)
    return made
