"""Large studies: asked for, written by a worker, kept for a day in parts, let go."""

import datetime as dt
import hashlib
import tempfile
from typing import IO, Final

import structlog
from django.db import transaction
from django.db.models import Min, Q
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.curation.models import Collection
from evaluations.exchange.loading.job_actions import Pulse, claim, ring_on_commit
from evaluations.exchange.models import KEPT, ExportState, StudyExport, StudyExportPart
from evaluations.exchange.studies.archive import zip_at
from evaluations.exchange.studies.freezing import write_frozen
from evaluations.exchange.studies.study import Study, StudyRefused, may_freeze, study_of
from evaluations.exchange.studies.writing import write_study
from evaluations.judgments.models import Answer, Judge, Judgment, Protocol, Reveal
from evaluations.runs.models import Output, Run

log = structlog.get_logger(__name__)

PART: Final = 1 << 20
"""Bytes of a part."""
AT_ONCE: Final = 2
"""Exports that one person may have waiting."""
MOST_OUTPUTS: Final = 1_000
MOST_ANSWERS: Final = 10_000
"""What is written while somebody waits for it; larger studies are a worker's."""
BROKEN: Final = "Something went wrong here; it is in the site’s log. Please try again later."


def is_large(study: Study) -> bool:
    """Whether it takes too long to be written while somebody waits. Two queries or one."""
    if study.every_output.order_by()[: MOST_OUTPUTS + 1].count() > MOST_OUTPUTS:
        return True
    return study.every_judgment.order_by()[: MOST_ANSWERS + 1].count() > MOST_ANSWERS


@transaction.atomic
def begin_export(*, study: Study, actor: User, site: str, frozen: bool = False) -> StudyExport:
    """Have a worker write a study; one that waits already is the same one.

    Raises:
        PermissionError: where *actor* may not freeze it.
        StudyRefused: where they have too many waiting.
    """
    if frozen and not may_freeze(study):
        raise PermissionError("Only its owner and staff may freeze a study.")
    of = {study.kind: study.of}
    waiting = StudyExport.objects.filter(
        by=actor, state__in=[ExportState.WAITING, ExportState.WRITING]
    )
    if same := waiting.filter(**of, frozen=frozen).first():
        return same
    if waiting.count() >= AT_ONCE:
        raise StudyRefused(f"{AT_ONCE} studies are being written for you: wait for them first.")
    export = StudyExport.objects.create(
        **of,
        frozen=frozen,
        site=site,
        by=actor,
        expected=study.every_output.count() + study.every_judgment.count(),
    )
    ring_on_commit()
    return export


def note_taken(*, study: Study, judge: Judge, until: dt.datetime | None = None) -> None:
    """Record that a judge holds others' answers now: what they answer afterwards is not blind.

    What they were shown before stays as it is, and costs nothing again.

    Args:
        until: when what they hold was written, where that was not now.
    """
    others = study.answers
    if until is not None:  # some were changed or taken back since
        given = Judgment.objects.under_what_is_told().filter(created_at__lte=until)
        others = Answer.objects.filter(judgment__in=given.order_by().values("pk"))
        others = others.filter(Q(output__in=study.outputs.order_by().values("pk")) | Q(output=None))
    others = others.exclude(judge=judge).order_by()
    shown = Q(pk__in=others.exclude(output=None).values("output"))
    # A prompt counts as revealed with any of its outputs.
    prompts = others.exclude(prompt=None).values("prompt")
    firsts = Output.objects.filter(prompt__in=prompts).order_by().values("prompt")
    shown |= Q(pk__in=firsts.annotate(first=Min("pk")).values("first"))
    unseen = Output.objects.filter(shown).exclude(reveals__judge=judge)
    keys = unseen.order_by().values_list("pk", flat=True)
    rows = [Reveal(judge=judge, output_id=key) for key in keys]
    Reveal.objects.bulk_create(rows, ignore_conflicts=True, batch_size=5_000)


def study_in(export: StudyExport) -> Study:
    """The study of an export as who asked for it may read it now.

    Raises:
        StudyRefused: where they may not any more.
    """
    of = export.protocol or export.run or export.collection
    assert isinstance(of, Protocol | Run | Collection)
    return study_of(of, export.by, Judge.objects.filter(user=export.by).first())


def work() -> int:
    """Write what waits, one after the other; returns how many."""
    worked = 0
    while export := claim(StudyExport):
        worked += 1
        try:
            write(export)
        except StudyRefused as refusal:
            end(export, ExportState.FAILED, why_not=str(refusal))
        except Exception:
            log.exception("A study could not be written.", export=export.pk)
            end(export, ExportState.FAILED, why_not=BROKEN)
    return worked


def write(export: StudyExport) -> None:
    """Write one to a temporary file, and from there into its parts."""
    study = study_in(export)
    writes = write_frozen if export.frozen else write_study
    with tempfile.TemporaryFile() as file, Pulse(export) as pulse:
        lines: dict[str, int] = {}

        def heard(name: str, count: int) -> None:
            lines[name] = count
            pulse.heard(sum(lines.values()))

        with zip_at(file, study.name) as place:
            writes(study, place, site=export.site, report=heard)
        store(export, file)
    end(export, ExportState.DONE, progress=sum(lines.values()))


def store(export: StudyExport, file: IO[bytes]) -> None:
    """Put a file into parts, and note its size and hash; parts of an earlier try go."""
    export.parts.all().delete()
    file.seek(0)
    whole = hashlib.sha256()
    number = 0
    while data := file.read(PART):
        whole.update(data)
        StudyExportPart.objects.create(export=export, number=number, data=data)
        export.size += len(data)
        number += 1
    export.sha256 = whole.hexdigest()


def end(export: StudyExport, state: str, *, why_not: str = "", progress: int = 0) -> None:
    export.state, export.why_not, export.progress = state, why_not, progress
    export.touched_at = timezone.now()
    export.save()


def forget_old() -> int:
    """Delete exports, with their parts, a day after they ended; returns how many."""
    old = StudyExport.objects.filter(touched_at__lt=timezone.now() - KEPT)
    gone, _ = old.exclude(state=ExportState.WRITING).delete()
    return gone
