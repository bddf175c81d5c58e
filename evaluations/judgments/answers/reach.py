"""Whose answers, marks and labels an output's page may show to whom."""

from django.db.models import Q

from evaluations.judgments.judges.visitors import Visitor
from evaluations.judgments.models import Judgment, Protocol
from evaluations.judgments.querysets import IsGuarded, ProtocolOf
from evaluations.runs.models import Output


def reach(output: Output, who: Visitor) -> Q:
    """Condition on rows that have a judgment and a judge, about an output or its prompt.

    One's own are always shown. With an output that everybody reads, all but what is for no figure
    of everybody; with another, what was given outside of protocols that the visitor may not read,
    and of rounds that go on. Makes no query, or one. Expects the output's run to be joined.
    """
    own = Q(judge=who.judge) if who.judge is not None else Q(pk__in=[])
    shown = ~Q(IsGuarded("judgment"))
    if output.run.is_public:
        return own | shown
    here = Judgment.objects.filter(output__run=output.run_id).values("form_token")
    readable = Protocol.objects.readable_by(who.user).told()
    closed = list(Protocol.objects.exclude(pk__in=readable).values_list("pk", flat=True))
    hidden = (
        Judgment.objects.filter(output__run=output.run_id)
        .annotate(under=ProtocolOf())
        .filter(under__in=closed)
    )
    kept = ~Q(judgment__form_token__in=hidden.values("form_token"))
    return own | shown | (Q(judgment__form_token__in=here) & kept)
