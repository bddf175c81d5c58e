"""What was written on the way to an output whose recipe has a plan."""

from django.db import models

from evaluations.runs.models.outputs import Output, Visibility


class Stage(models.Model):
    """One reply, or piece of one, of several that make an output; stored as soon as it is written.

    So a worker that is killed loses the stage it was at, and no other. `prefix` is what the model
    was made to go on with, of which the site itself wrote `added`; `text` is what followed.
    `closer` ends the thought that is open at the end, if one is. `facts` are what splitting and
    grading need of it (`thought_opened`, `thought_tags`) and whatever else its engine recorded, for
    the output that keeps this reply. `usage` and `body` are as of `Response`: cleared in time.
    """

    output = models.ForeignKey(Output, models.CASCADE, related_name="stages")
    number = models.PositiveSmallIntegerField()
    attempt = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10)
    seed = models.BigIntegerField()
    prefix = models.TextField(blank=True)
    added = models.TextField(blank=True)
    text = models.TextField(blank=True)
    closer = models.CharField(max_length=60, blank=True)
    trace_visibility = models.CharField(max_length=12, choices=Visibility)
    facts = models.JSONField(default=dict)
    tokens_in = models.PositiveIntegerField(null=True, blank=True)
    tokens_out = models.PositiveIntegerField(null=True, blank=True)
    stop_reason = models.CharField(max_length=10)
    seconds = models.FloatField()
    cost = models.DecimalField(max_digits=14, decimal_places=8, null=True, blank=True)
    calls = models.JSONField(null=True, blank=True)
    usage = models.JSONField(default=dict, blank=True, db_default={})
    body = models.TextField(blank=True, default="", db_default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["output", "number"]
        constraints = [models.UniqueConstraint("output", "number", name="stage_once")]
        indexes = [
            models.Index(
                fields=["created_at"], name="stage_with_body", condition=~models.Q(body="")
            )
        ]

    def __str__(self) -> str:
        return f"{self.output_id}, stage {self.number}: {self.kind}"
