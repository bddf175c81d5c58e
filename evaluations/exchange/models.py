"""Files that are brought in, studies that are written for somebody, and what all may take."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from evaluations.accounts.visibility import Audience
from evaluations.leaderboards.models import NamedByDay, Snapshot
from evaluations.runs.models import Run

if TYPE_CHECKING:
    from evaluations.accounts.models import User

KEPT = dt.timedelta(hours=24)
"""How long a file lies here that nobody imports."""
SILENT = dt.timedelta(minutes=5)
"""After so long without a sign of life, whoever works on a file is taken for dead."""


class ImportState(models.TextChoices):
    WAITING = "waiting", "waiting to be read"
    READING = "reading", "being read"
    PREVIEWED = "previewed", "read, and not imported yet"
    ORDERED = "ordered", "waiting to be imported"
    LOADING = "loading", "being imported"
    LOADED = "loaded", "imported"
    REFUSED = "refused", "not imported"


OneKind = TypeVar("OneKind", bound="Work")


class WorkQuerySet(models.QuerySet[OneKind]):
    def for_a_worker(self) -> Self:
        """What waits for a worker, or lost its own, the longest waiting first; joins nothing."""
        lost = Q(state__in=self.model.TAKEN_AS.values(), touched_at__lt=timezone.now() - SILENT)
        return self.filter(Q(state__in=self.model.TAKEN_AS) | lost).order_by("touched_at", "pk")


class Work(models.Model):
    """What a worker does while its page shows how far it is; with a `state` of its own kind."""

    TAKEN_AS: ClassVar[Mapping[str, str]]
    """States in which it waits for a worker, to what it is while one works on it."""
    state: Any

    progress = models.PositiveBigIntegerField(default=0)
    why_not = models.TextField(blank=True)
    at = models.DateTimeField(auto_now_add=True)
    touched_at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True
        ordering = ["-pk"]

    @property
    def is_at_work(self) -> bool:
        """Whether a worker has it or will have it: its page asks again."""
        return self.state in (*self.TAKEN_AS, *self.TAKEN_AS.values())


class Part(models.Model):
    """A piece of a file: web processes and workers may be on two machines."""

    number = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        abstract = True


class ImportQuerySet(WorkQuerySet["ImportJob"]):
    def of(self, user: "User") -> "ImportQuerySet":
        """One's own; staff see everybody's. Without what is long; joins nothing."""
        mine = self.defer("report", "refused")
        return mine if user.is_staff else mine.filter(by=user)

    def left_lying(self) -> "ImportQuerySet":
        """Files that nobody imported in time, and that no worker was told to; joins nothing."""
        idle = (ImportState.WAITING, ImportState.PREVIEWED)
        return self.filter(state__in=idle, at__lt=timezone.now() - KEPT)


class ImportJob(Work):
    """One file, from its arrival to what was made of it.

    `report` is what was read in it, as `loading/preview.py` has it; `refused` its refused lines,
    each with `line` and `why`. Without a person it was the command.
    """

    TAKEN_AS = {
        ImportState.WAITING: ImportState.READING,
        ImportState.ORDERED: ImportState.LOADING,
    }

    name = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    file_sha256 = models.CharField(max_length=64)
    companion_name = models.CharField(max_length=200, blank=True)
    format = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=10, choices=ImportState, default=ImportState.WAITING)
    report = models.JSONField(default=dict, blank=True)
    refused = models.JSONField(default=list, blank=True)
    licence = models.CharField(max_length=40, blank=True)
    visibility = models.CharField(max_length=8, choices=Audience, default=Audience.PRIVATE)
    skips_refused = models.BooleanField(default=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="imports"
    )
    runs = models.ManyToManyField(Run, related_name="imports", blank=True)

    objects = ImportQuerySet.as_manager()

    class Meta(Work.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ImportState.values), name="import_state_known"
            ),
            models.CheckConstraint(
                condition=Q(visibility__in=Audience.values), name="import_visibility_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("import-job", args=[self.pk])


class ImportPart(Part):
    """A piece of a file that was brought in."""

    job = models.ForeignKey(ImportJob, models.CASCADE, related_name="parts")
    companion = models.BooleanField(default=False)

    class Meta:
        ordering = ["job", "companion", "number"]
        constraints = [
            models.UniqueConstraint("job", "companion", "number", name="import_part_once"),
        ]

    def __str__(self) -> str:
        return f"{self.job_id}, part {self.number}"


class ExportState(models.TextChoices):
    WAITING = "waiting", "waiting to be written"
    WRITING = "writing", "being written"
    DONE = "done", "written"
    FAILED = "failed", "not written"


class ExportQuerySet(WorkQuerySet["StudyExport"]):
    def of(self, user: "settings.AUTH_USER_MODEL") -> "ExportQuerySet":  # type: ignore[name-defined]
        """One's own; staff see everybody's. Joins what it is of."""
        mine = self.select_related("protocol__owner", "run", "collection__owner", "by")
        return mine if user.is_staff else mine.filter(by=user)


class StudyExport(Work):
    """A large study that a worker writes for somebody: a protocol, a run or a collection.

    Its file lies here in parts for a day.
    """

    TAKEN_AS = {ExportState.WAITING: ExportState.WRITING}

    protocol = models.ForeignKey(
        "judgments.Protocol", models.CASCADE, null=True, blank=True, related_name="exports"
    )
    run = models.ForeignKey(Run, models.CASCADE, null=True, blank=True, related_name="exports")
    collection = models.ForeignKey(
        "curation.Collection", models.CASCADE, null=True, blank=True, related_name="exports"
    )
    frozen = models.BooleanField(default=False, help_text="With its boards and the check of them.")
    site = models.CharField(max_length=200, blank=True, help_text="The address in its links.")
    state = models.CharField(max_length=8, choices=ExportState, default=ExportState.WAITING)
    expected = models.PositiveBigIntegerField(default=0)
    size = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="exports")

    objects = ExportQuerySet.as_manager()

    class Meta(Work.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(protocol__isnull=False, run=None, collection=None)
                | Q(protocol=None, run__isnull=False, collection=None)
                | Q(protocol=None, run=None, collection__isnull=False),
                name="export_of_one_study",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ExportState.values), name="export_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"Export {self.pk}: {self.state}"

    def get_absolute_url(self) -> str:
        return reverse("study-export", args=[self.pk])


class StudyExportPart(Part):
    """A piece of the file of a study that was written."""

    export = models.ForeignKey(StudyExport, models.CASCADE, related_name="parts")

    class Meta:
        ordering = ["export", "number"]
        constraints = [
            models.UniqueConstraint("export", "number", name="study_export_part_once"),
        ]

    def __str__(self) -> str:
        return f"{self.export_id}, part {self.number}"


class DataRelease(NamedByDay, models.Model):
    """All that was public on a day, in a zip that nobody changes.

    `counts` holds `figures`, what it counts to how many, `lines`, a file without its ending to how
    many it has, and `left_out`, why to how much, as the manifest has them. Boards that were frozen
    before it, and after the one before, are cited with it: as long as one is, it is kept.
    """

    day = models.DateField(help_text="The day of writing, in UTC.")
    digest = models.CharField(
        max_length=64, help_text="SHA-256 over its files, without those that only name the day."
    )
    counts = models.JSONField(default=dict)
    path = models.CharField(max_length=80, help_text="The zip, within the folder of releases.")
    size = models.PositiveBigIntegerField(default=0)
    made_at = models.DateTimeField(auto_now_add=True)
    snapshots = models.ManyToManyField(Snapshot, related_name="releases", blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint("day", "digest", name="data_release_once_a_day"),
            models.CheckConstraint(
                condition=Q(digest__regex="^[0-9a-f]{64}$"), name="data_release_hash"
            ),
        ]

    def __str__(self) -> str:
        return f"Data of {self.name}"

    def get_absolute_url(self) -> str:
        return reverse("release", args=[self.name])

    @property
    def file(self) -> Path:
        """Where its zip lies, if it lies on this machine."""
        return Path(settings.RELEASE_DIR) / self.path
