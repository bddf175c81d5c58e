"""Freezing a leaderboard, and withdrawing what was frozen."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.common.events import tell
from evaluations.definitions.models import DefinitionVersion, State
from evaluations.judgments.models import Judgment
from evaluations.leaderboards.boards.questions import fields_of, in_words
from evaluations.leaderboards.boards.rows import BY
from evaluations.leaderboards.boards.standings import Question, reading_of
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.leaderboards.matrix.current import current_matrix
from evaluations.leaderboards.models import TITLE_LIMIT, Snapshot, SnapshotRows
from evaluations.leaderboards.snapshots.boards import (
    asked_of,
    board_of,
    differences,
    frozen_reading,
    refusals_of,
)
from evaluations.leaderboards.snapshots.hash import METHOD_VERSION, hash_of, pack
from evaluations.leaderboards.snapshots.matrix import board_from, people_behind
from evaluations.leaderboards.snapshots.rows import Evidence, evidence_of, runs_of
from evaluations.prompts.models import PromptSet


class SnapshotRefused(Exception):
    """The board cannot be frozen; the message says why and what to do."""


@transaction.atomic
def freeze_board(
    *,
    version: DefinitionVersion,
    question: Question,
    actor: User,
    by: str = BY[0],
    title: str = "",
) -> Snapshot:
    """Keep a board for good, with a hash over what it rests on.

    The numbers kept are computed anew from the stored rows that the board in memory names, and
    must equal the board in memory: so rows, hash and numbers agree whatever is saved meanwhile.
    The same board of the same day and the same rows is the snapshot that exists already, under
    the title that it was given first.

    Args:
        version: with its definition and its pins.
        title: what it is cited for; no part of the hash.

    Raises:
        PermissionError: for a visitor who is not signed in.
        SnapshotRefused: for a title that is too long, for a draft, for a question with one
            visitor's own answers, for a board that rests on nothing, and while judgments come in
            too fast.
    """
    if not actor.is_authenticated or not actor.is_active:
        raise PermissionError("Only people who are signed in may freeze a board.")
    if version.state == State.DRAFT:
        raise SnapshotRefused("This version of the definition is a draft: publish it first.")
    if question.selection.also_judge is not None:
        raise SnapshotRefused("A board with one visitor's own answers cannot be frozen.")
    title = " ".join(title.replace("\0", "").split())
    if len(title) > TITLE_LIMIT:
        raise SnapshotRefused(f"A title has at most {TITLE_LIMIT} letters; this has {len(title)}.")
    if question.beyond is not None or not is_citable(question):
        raise SnapshotRefused(
            "This board is on a run, a prompt set or a protocol that is not public. What is "
            "frozen can be read by everybody: make it public first, then freeze its board."
        )
    newest = Judgment.objects.aggregate(newest=Max("pk"))["newest"] or 0
    held = current_matrix()
    evidence = evidence_of(reading_of(version), held, question, by)
    if not evidence.answers and not evidence.findings:
        raise SnapshotRefused(
            "Nothing was judged yet that this board would rest on, so there is nothing to cite."
        )
    return keep(version, question, actor, held, evidence, newest, by, title)


def is_citable(question: Question) -> bool:
    """Whether the prompt set that a board names, if it names one, is public."""
    named = question.scope.prompt_set
    return named is None or PromptSet.objects.public().filter(pk=named).exists()


def keep(
    version: DefinitionVersion,
    question: Question,
    actor: User,
    held: Matrix,
    evidence: Evidence,
    newest: int,
    by: str,
    title: str,
) -> Snapshot:
    """Store the board of these rows, or find it stored."""
    live = board_of(version, held, question, by)
    board = board_from(evidence, version, held.process, question, by, refusals_of(live))
    if differences(live, board):
        raise SnapshotRefused(
            "The judgments changed while the board was being frozen. Please try again."
        )
    digests = evidence.digests()
    rule, asked = frozen_reading(version, held.process), fields_of(question)
    words = in_words(question)
    if by != BY[0]:
        asked["by"] = by
        words += " The recipes of a model are put together."
    digest = hash_of(
        asked_of(version.pk, rule, asked, METHOD_VERSION, board.rows),
        (digest for kind in digests.values() for digest in kind.values()),
    )
    day = timezone.now().date()
    fields: dict[str, Any] = {
        "title": title,
        "question": asked,
        "question_words": words,
        "definition_name": version.definition.name,
        "method_version": METHOD_VERSION,
        "rule": rule,
        "rows": board.rows,
        "names": board.names,
        "runs": runs_of(evidence),
        "outputs": len(evidence.outputs),
        "answers": len(evidence.answers),
        "findings": len(evidence.findings),
        **people_behind(evidence, question),
        "newest_judgment": newest,
        "created_by": actor,
    }
    existing = Snapshot.objects.filter(version=version, day=day, digest=digest)
    if found := existing.first():
        return found
    try:
        with transaction.atomic():
            snapshot = Snapshot.objects.create(version=version, day=day, digest=digest, **fields)
    except IntegrityError:
        # Somebody froze the same board at the same moment.
        return existing.get()
    SnapshotRows.objects.bulk_create(
        SnapshotRows(snapshot=snapshot, kind=kind, number=number, packed=packed)
        for kind, part in digests.items()
        for number, packed in enumerate(pack(part))
    )
    tell("snapshot-frozen", snapshot, actor=actor, title=version.definition.name, words=title)
    return snapshot


@transaction.atomic
def withdraw_snapshot(*, snapshot: Snapshot, reason: str, actor: User) -> Snapshot:
    """Mark a snapshot as withdrawn, for good; its page and its numbers stay.

    Raises:
        PermissionError: when *actor* is not staff.
        SnapshotRefused: without a reason.
    """
    if not actor.is_staff:
        raise PermissionError("Only staff may withdraw snapshots.")
    reason = reason.strip()
    if not reason:
        raise SnapshotRefused("Say why it is withdrawn: whoever cited it will read that.")
    if Snapshot.objects.filter(pk=snapshot.pk, withdrawn_at=None).update(
        withdrawn_at=timezone.now(), withdrawn_reason=reason
    ):
        tell(
            "snapshot-withdrawn", snapshot, actor=actor, title=snapshot.version.definition.name,
            words=reason, concerns=[snapshot.created_by_id],
        )  # fmt: skip
    snapshot.refresh_from_db(fields=["withdrawn_at", "withdrawn_reason"])
    return snapshot
