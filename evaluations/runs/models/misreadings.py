"""Grades of which judges say that the answer was found in the wrong place."""

from django.conf import settings
from django.db import models

from evaluations.runs import querysets
from evaluations.runs.models.outputs import Grade


class Misreading(models.Model):
    """A judge says that what was graded is not the output's answer; `answer` is what they read.

    It is about one grade, so it says which grader and which finder of answers erred.
    """

    grade = models.ForeignKey(Grade, models.CASCADE, related_name="misreadings")
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    answer = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = querysets.MisreadingQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint("grade", "reporter", name="misreading_once_a_person")
        ]

    def __str__(self) -> str:
        return f"{self.grade}, extracted wrongly"
