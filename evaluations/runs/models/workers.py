"""Which workers are there."""

from django.db import models


class Worker(models.Model):
    """A worker process that said it is alive."""

    name = models.CharField(max_length=120, primary_key=True)
    kind = models.CharField(max_length=12)
    device = models.CharField(max_length=40, blank=True)
    model = models.CharField(max_length=120, blank=True)
    tokens = models.BigIntegerField(default=0)
    memory = models.BigIntegerField("resident memory in bytes", default=0, db_default=0)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    note = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.name
