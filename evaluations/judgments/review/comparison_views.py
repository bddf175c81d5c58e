"""A protocol's comparisons as CSV and JSON: for its owner while it is open, then for everyone."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.common.lookups import found_or_404
from evaluations.common.tables import Table
from evaluations.judgments.items.within import shows
from evaluations.judgments.judges.visitors import judge_for, visitor
from evaluations.judgments.models import Comparison, Item, Protocol
from evaluations.judgments.protocols.permissions import may_see
from evaluations.judgments.review.adjudication import reveal_items

COLUMNS = (
    "item", "version", "judge", "judge_kind", "definition", "definition_version",
    "prompt", "left", "left_model", "left_recipe", "right", "right_model", "right_recipe",
    "value", "confidence", "seconds", "blind", "masked", "guest_check", "surplus", "created_at",
)  # fmt: skip


def open_to(protocol: Protocol, request: HttpRequest) -> bool:
    """Whether this visitor may read the comparisons: while a protocol is open, they would
    tell judges how others answer."""
    if protocol.closed_at is not None or request.user.is_staff:
        return True
    return request.user.is_authenticated and protocol.owner_id == request.user.pk


def in_force(protocol: Protocol, user: User | AnonymousUser) -> QuerySet[Comparison]:
    """Current comparisons that *user* may read, under any version.

    Joins both outputs' model and recipe.
    """
    return (
        Comparison.objects.filter(
            shows(protocol, user, "left__run__"),
            shows(protocol, user, "right__run__"),
            item__version__protocol=protocol,
            is_current=True,
        )
        .select_related(
            "item__version",
            "judge",
            "definition_version__definition",
            "left__prompt",
            "left__run__model",
            "left__run__recipe",
            "right__run__model",
            "right__run__recipe",
        )
        .order_by("id")
    )


def rows_of(protocol: Protocol, user: User | AnonymousUser) -> list[dict[str, Any]]:
    """One row a comparison. Judges are numbered within the protocol, not named."""
    numbers: dict[int, int] = {}
    rows = []
    for it in in_force(protocol, user):
        version = it.definition_version
        rows.append(
            {
                "item": it.item_id,
                "version": it.item.version.number if it.item else None,
                "judge": numbers.setdefault(it.judge_id, len(numbers) + 1),
                "judge_kind": it.judge.kind,
                "definition": version.definition.slug if version else None,
                "definition_version": version.number if version else None,
                "prompt": it.left.prompt.slug,
                "left": it.left_id,
                "left_model": it.left.run.model.slug,
                "left_recipe": it.left.run.recipe.slug,
                "right": it.right_id,
                "right_model": it.right.run.model.slug,
                "right_recipe": it.right.run.recipe.slug,
                "value": it.value,
                "confidence": it.confidence,
                "seconds": it.seconds,
                "blind": it.blind,
                "masked": it.masked,
                "guest_check": it.guest_check,
                "surplus": it.is_surplus,
                "created_at": it.created_at.isoformat(),
            }
        )
    return rows


def comparisons_table(request: HttpRequest, slug: str) -> Table:
    readable = Protocol.objects.readable_by(request.user)
    protocol = found_or_404(readable, f"There is no protocol “{slug}”.", slug=slug)
    who = visitor(request)
    if not may_see(protocol, request.user, who.judge):
        raise Http404(f"There is no protocol “{slug}”.")
    if not open_to(protocol, request):
        raise Http404(
            f"The comparisons of “{protocol.title}” can be read by its owner while it is open, "
            "and by everyone once it is closed."
        )
    if request.method != "HEAD" and (who.judge is not None or who.user is not None):
        # Whoever reads how others compared is not blind to these outputs any more.
        items = Item.objects.filter(version__protocol=protocol)
        reveal_items(judge=who.judge or judge_for(request), items=list(items))
    return Table(
        f"{slug}-comparisons",
        COLUMNS,
        rows_of(protocol, request.user),
        lambda rows: {"protocol": slug, "as_of": timezone.now().isoformat(), "comparisons": rows},
        public=protocol.is_public,
    )
