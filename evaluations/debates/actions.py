"""Making, rewording, carrying on and retiring statements."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.common.decisions import decided
from evaluations.debates.claims import EvidenceDraft, claimed_by
from evaluations.debates.models import (
    COUNTEREXAMPLES,
    Evidence,
    Kind,
    RetiredFor,
    Role,
    Statement,
)
from evaluations.debates.refusals import DebateClosed, DebateRefused, SaidAlready, may_not_moderate
from evaluations.debates.telling import tell_said
from evaluations.debates.wording import WordingRefused, cleaned, key_of, piece_of
from evaluations.definitions.models import DefinitionVersion, State

MOST_EVIDENCE: Final = 12
MOST_SENTENCE: Final = 280
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
        raise DebateRefused(
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

    Args:
        quotes: a statement that it answers, and *quote* the words of it.

    Raises:
        PermissionError: when *author* is not signed in.
        DebateClosed: when the version is not in force any more.
        SaidAlready: when another says the same but for case and stops; it has that one.
        VerdictAgainst: when a role is not what the version says of its output.
        DebateRefused: for words that are not taken, and without evidence where there must be some.
    """
    check_person(author)
    kept = open_version(version)
    text = taken(text)
    check_said(kept, text)
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


def check_said(version: DefinitionVersion, text: str, besides: Statement | None = None) -> None:
    """Whether nobody said the same of the version, but for case and stops."""
    same = Statement.objects.standing().filter(version=version, text_key=key_of(text))
    if besides is not None:
        same = same.exclude(pk=besides.pk)
    if (found := same.select_related("author").first()) is not None:
        raise SaidAlready(found)


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


def stored(row: Statement, shown: Sequence[Evidence]) -> Statement:
    """Write a statement with its evidence; of two windows at once, the second is told."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        if "statement_said_once" not in str(error):
            raise
        check_said(row.version, row.text)
        raise
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


@transaction.atomic
def reword(*, statement: Statement, author: User, text: str) -> Statement:
    """Say one's statement in other words, while nobody else has voted on it.

    The new row supersedes the old one and shows the same outputs.

    Raises:
        PermissionError, DebateClosed, SaidAlready, DebateRefused: as `state`; for another's; and
            once somebody else voted.
    """
    kept = owned(statement, author)
    text = taken(text)
    if text == kept.text:
        return kept
    if kept.votes.exclude(voter=author).exists():
        raise DebateRefused(
            "Somebody voted on it meanwhile, so its words stay. Retire it, or make another "
            "statement that says it better."
        )
    check_said(kept.version, text, besides=kept)
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


@transaction.atomic
def retire(
    *, statement: Statement, actor: User, sentence: str = "", reason: str = RetiredFor.OTHER
) -> Statement:
    """Take a statement out of the rankings; its address stays and says why.

    Args:
        reason: of `RetiredFor`, where a moderator retires it; one's own is one's own.

    Raises:
        PermissionError: unless *actor* wrote it, or moderates and did not vote in this debate.
        DebateRefused: when it is retired already; for a moderator without a sentence.
    """
    kept = locked(statement)
    own = kept.author_id is not None and kept.author_id == actor.pk
    if not own and (why_not := may_not_moderate(kept, actor)):
        raise PermissionError(why_not)
    # What its author took back or reworded is read at its address, until a moderator retires it.
    if not kept.is_standing if own else kept.retired_for not in ("", RetiredFor.OWN):
        raise DebateRefused("It does not stand any more.")
    sentence = sentence.replace("\0", "").strip()[:MOST_SENTENCE]
    if not own and not sentence:
        raise DebateRefused("Say why in a public sentence.")
    if reason not in RetiredFor.values or (reason == RetiredFor.OWN and not own):
        raise DebateRefused("Choose a reason.")
    kept.retired_at, kept.retired_by, kept.retired_because = timezone.now(), actor, sentence
    kept.retired_for = RetiredFor.OWN if own else reason
    kept.save(update_fields=["retired_at", "retired_by", "retired_because", "retired_for"])
    if not own:
        tell(kept, actor, "retire", reason, sentence)
    return kept


@transaction.atomic
def restore(*, statement: Statement, actor: User, sentence: str = "") -> Statement:
    """Bring back what was retired: who retired it, its author or a moderator.

    Raises:
        PermissionError: for anybody else.
        SaidAlready: when another says the same meanwhile.
        DebateRefused: when it is not retired.
    """
    kept = locked(statement)
    if kept.retired_at is None:
        raise DebateRefused("It is not retired.")
    by_author = kept.retired_for == RetiredFor.OWN
    own = kept.author_id is not None and kept.author_id == actor.pk
    if by_author != own:
        raise PermissionError("Who retired it brings it back: its author, or else a moderator.")
    if not own and (why_not := may_not_moderate(kept, actor)):
        raise PermissionError(why_not)
    if kept.is_current:
        check_said(kept.version, kept.text)
    kept.retired_at, kept.retired_by, kept.retired_for, kept.retired_because = None, None, "", ""
    kept.save(update_fields=["retired_at", "retired_by", "retired_because", "retired_for"])
    if not by_author:
        tell(kept, actor, "restore", "", sentence.replace("\0", "").strip()[:MOST_SENTENCE])
    return kept


def tell(kept: Statement, actor: User, verb: str, reason: str, sentence: str) -> None:
    """Let the public log know what a moderator decided."""
    decided.send(
        Statement, actor=actor, verb=verb, kind="statement", label=kept.label,
        url=kept.get_absolute_url(), reason=reason, sentence=sentence, concerns=(kept.author_id,),
    )  # fmt: skip


def retired_for_abuse(user: User, since: dt.datetime) -> bool:
    """Whether a statement of this person's was retired for abuse since a moment. One query."""
    return Statement.objects.filter(
        author=user, retired_for=RetiredFor.ABUSE, retired_at__gte=since
    ).exists()
