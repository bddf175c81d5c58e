import datetime as dt
from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from evaluations.leaderboards.models import Snapshot  # noqa: F401


class SnapshotQuerySet(models.QuerySet["Snapshot"]):
    def listed(self) -> "SnapshotQuerySet":
        """Snapshots with their definitions, the newest first, without what only a page needs."""
        return (
            self.select_related("version__definition")
            .defer("rows", "rule", "names", "runs")
            .order_by("-created_at", "-id")
        )

    def of_definition(self, slug: str) -> "SnapshotQuerySet":
        """Snapshots of any version of a definition."""
        return self.filter(version__definition__slug=slug)

    def named(self, day: dt.date, beginning: str) -> "SnapshotQuerySet":
        """Snapshots frozen on a day whose hash begins like this; joins the definition."""
        return self.filter(day=day, digest__startswith=beginning).select_related(
            "version__definition"
        )
