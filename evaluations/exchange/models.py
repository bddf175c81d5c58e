"""Files that are brought in, studies that are written for somebody, and what all may take."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

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


FILE_HERE = (
    ImportState.WAITING,
    ImportState.READING,
    ImportState.PREVIEWED,
    ImportState.ORDERED,
    ImportState.LOADING,
)
"""States in which the file's bytes lie here."""
FOR_WORKERS = {
    ImportState.WAITING: ImportState.READING,
    ImportState.ORDERED: ImportState.LOADING,
}
"""What waits for a worker, and what it becomes while one works on it."""


class ImportQuerySet(models.QuerySet["ImportJob"]):
    def of(self, user: "User") -> "ImportQuerySet":
        """One's own; staff see everybody's. Without what is long; joins nothing."""
        mine = self.defer("report", "refused")
        return mine if user.is_staff else mine.filter(by=user)

    def for_a_worker(self) -> "ImportQuerySet":
        """What waits for a worker, or lost its own, the longest waiting first; joins nothing."""
        lost = Q(state__in=FOR_WORKERS.values(), touched_at__lt=timezone.now() - SILENT)
        return self.filter(Q(state__in=FOR_WORKERS) | lost).order_by("touched_at", "pk")

    def left_lying(self) -> "ImportQuerySet":
        """Files that nobody imported in time; joins nothing."""
        return self.filter(state__in=FILE_HERE, at__lt=timezone.now() - KEPT)


class ImportJob(models.Model):
    """One file, from its arrival to what was made of it.

    `report` is what was read in it, as `loading/preview.py` has it; `refused` its refused lines,
    each with `line` and `why`. Without a person it was the command.
    """

    name = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    file_sha256 = models.CharField(max_length=64)
    companion_name = models.CharField(max_length=200, blank=True)
    format = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=10, choices=ImportState, default=ImportState.WAITING)
    progress = models.PositiveBigIntegerField(default=0)
    report = models.JSONField(default=dict, blank=True)
    refused = models.JSONField(default=list, blank=True)
    why_not = models.TextField(blank=True)
    licence = models.CharField(max_length=40, blank=True)
    visibility = models.CharField(max_length=8, choices=Audience, default=Audience.PRIVATE)
    skips_refused = models.BooleanField(default=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="imports"
    )
    at = models.DateTimeField(auto_now_add=True)
    touched_at = models.DateTimeField(default=timezone.now)
    runs = models.ManyToManyField(Run, related_name="imports", blank=True)

    objects = ImportQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
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

    @property
    def is_at_work(self) -> bool:
        """Whether a worker has it or will have it: its page asks again."""
        return self.state in (*FOR_WORKERS, *FOR_WORKERS.values())


class ImportPart(models.Model):
    """A piece of a file: the web process that took it and the worker may be on two machines."""

    job = models.ForeignKey(ImportJob, models.CASCADE, related_name="parts")
    companion = models.BooleanField(default=False)
    number = models.PositiveIntegerField()
    data = models.BinaryField()

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


class ExportQuerySet(models.QuerySet["StudyExport"]):
    def of(self, user: "settings.AUTH_USER_MODEL") -> "ExportQuerySet":  # type: ignore[name-defined]
        """One's own; staff see everybody's. Joins what it is of."""
        mine = self.select_related("protocol__owner", "run", "collection__owner", "by")
        return mine if user.is_staff else mine.filter(by=user)

    def for_a_worker(self) -> "ExportQuerySet":
        """What waits, or lost its worker, the longest waiting first; joins nothing."""
        lost = Q(state=ExportState.WRITING, touched_at__lt=timezone.now() - SILENT)
        return self.filter(Q(state=ExportState.WAITING) | lost).order_by("touched_at", "pk")


class StudyExport(models.Model):
    """A large study that a worker writes for somebody: a protocol, a run or a collection.

    Its file lies here in parts for a day: the web process may be on another machine.
    """

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
    progress = models.PositiveBigIntegerField(default=0)
    expected = models.PositiveBigIntegerField(default=0)
    size = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    why_not = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="exports")
    at = models.DateTimeField(auto_now_add=True)
    touched_at = models.DateTimeField(default=timezone.now)

    objects = ExportQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
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

    @property
    def is_at_work(self) -> bool:
        """Whether a worker has it or will have it: its page asks again."""
        return self.state in (ExportState.WAITING, ExportState.WRITING)


class StudyExportPart(models.Model):
    """A piece of the file of a study that was written."""

    export = models.ForeignKey(StudyExport, models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        ordering = ["export", "number"]
        constraints = [
            models.UniqueConstraint("export", "number", name="study_export_part_once"),
        ]

    def __str__(self) -> str:
        return f"{self.export_id}, part {self.number}"


class DataRelease(NamedByDay, models.Model):
    """All that was public on a day, in a zip that nobody changes.

    `counts` holds `lines`, a file without its ending to how many it has, and `left_out`, why to
    how much, as the manifest has them. Boards that were frozen before it, and after the one
    before, are cited with it: as long as one is, it is kept.
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
