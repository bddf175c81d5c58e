"""Blocks: a few criteria that are asked together."""

from django.db import models
from django.db.models import Q

from evaluations.definitions.models import Criterion


class Block(models.Model):
    """A few criteria asked together, in order."""

    slug = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=80)
    description = models.TextField(blank=True)
    is_default = models.BooleanField(default=False)
    criteria = models.ManyToManyField(Criterion, through="BlockCriterion", related_name="blocks")

    class Meta:
        ordering = ["slug"]
        constraints = [
            models.UniqueConstraint(
                "is_default", condition=Q(is_default=True), name="block_one_default"
            )
        ]

    def __str__(self) -> str:
        return self.title


class BlockCriterion(models.Model):
    block = models.ForeignKey(Block, models.CASCADE)
    criterion = models.ForeignKey(Criterion, models.PROTECT)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["block", "position"]
        constraints = [
            models.UniqueConstraint("block", "criterion", name="block_criterion_once"),
        ]

    def __str__(self) -> str:
        return f"{self.block_id}: {self.criterion_id}"
