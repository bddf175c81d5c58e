"""Taking back that an output was passed by."""

from django.db import transaction

from evaluations.judgments.items import skips
from evaluations.judgments.models import Item, Judge, Skip
from evaluations.runs.models import Output


@transaction.atomic
def take_back_skip(*, judge: Judge, output: Output, item: Item | None = None) -> None:
    """Serve an output to this judge again, as if they had not passed it by."""
    if item is not None:
        skips.unskip_item(item=item, judge=judge)
    Skip.objects.filter(judge=judge, output=output).delete()
