from django.db import models

from evaluations.judgments.models.judges import Judge
from evaluations.judgments.models.protocols import Item


class SkippedItem(models.Model):
    """A judge passed an item by. `counted`: the skip is in the item's `done`, as a turn.

    `carried`: nobody skipped it, but nothing is left of it to ask of this judge, who answered
    all under an earlier version of the protocol.
    """

    item = models.ForeignKey(Item, models.CASCADE, related_name="skipped")
    judge = models.ForeignKey(Judge, models.CASCADE, related_name="skipped_items")
    counted = models.BooleanField(default=False)
    carried = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint("item", "judge", name="skipped_item_once")]

    def __str__(self) -> str:
        return f"{self.judge_id} skipped item {self.item_id}"
