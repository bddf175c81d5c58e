"""What readers report to moderators."""

from django.conf import settings
from django.db import models

from evaluations.runs import querysets
from evaluations.runs.models.outputs import Output

REPORT_REASONS = [
    ("personal-data", "It contains personal data"),
    ("harmful", "It is harmful"),
    ("copyright", "It copies a protected work"),
    ("broken", "It is broken or unreadable"),
    ("other", "Something else"),
]


class Report(models.Model):
    """A reader's complaint about an output, for the moderators."""

    output = models.ForeignKey(Output, models.PROTECT, related_name="reports")
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(max_length=20, choices=REPORT_REASONS)
    text = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True, blank=True)

    objects = querysets.ReportQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.output}: {self.reason}"
