"""What two versions are to each other by logic alone, stored since it never changes."""

from django.db import models
from django.db.models import F, Q

from evaluations.definitions.models.definitions import DefinitionVersion
from evaluations.definitions.querysets import RelationQuerySet


class Follows(models.IntegerChoices):
    """Which of two versions says yes wherever the other does."""

    CROSSES = 0, "neither follows from the other"
    FORWARD = 1, "the second follows from the first"
    BACKWARD = 2, "the first follows from the second"
    BOTH = 3, "both say yes to the same"
    TOO_LARGE = 4, "the rules are too large to tell"


class Relation(models.Model):
    """Two versions, the one that was made earlier first: by the rules alone, and by postulates."""

    one = models.ForeignKey(DefinitionVersion, models.CASCADE, related_name="+")
    other = models.ForeignKey(DefinitionVersion, models.CASCADE, related_name="+")
    by_rules = models.PositiveSmallIntegerField(choices=Follows)
    by_postulates = models.PositiveSmallIntegerField(choices=Follows)
    postulates = models.CharField(
        max_length=16, help_text="A hash of the postulates that were in force."
    )

    objects = RelationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("one", "other", name="relation_once"),
            models.CheckConstraint(condition=Q(one__lt=F("other")), name="relation_in_order"),
        ]
        indexes = [
            # Most pairs cross: pages read the others alone.
            models.Index(
                fields=["one", "other"],
                name="relation_follows",
                condition=~Q(by_postulates=0),
            )
        ]

    def __str__(self) -> str:
        return f"{self.one_id} and {self.other_id}: {Follows(self.by_rules).label}"
