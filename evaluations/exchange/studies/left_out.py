"""What of a study stays out, counted, and whose texts a licence forbids to pass on."""

from django.db.models import Exists, OuterRef

from evaluations.curation.outward.files import may_share
from evaluations.exchange.studies.study import Study, countable, gold_forms
from evaluations.judgments.models import Adjudication, Answer, GoldAnswer, GuestCheck, Item
from evaluations.runs.models import Run


def left_out(study: Study) -> dict[str, int]:
    """How much of a study does not go out, by why; nothing that is 0. A query for each."""
    told, every = study.told_judgments, study.every_judgment
    standing = told.standing()
    counts = {
        "outputs that you may not read": study.every_output.count() - study.read_outputs.count(),
        "outputs that were withdrawn": study.read_outputs.count() - study.outputs.count(),
        "outputs whose text a licence forbids to pass on": study.outputs.filter(
            run__model__in=withheld_models(study)
        ).count(),
        "prompts whose text a licence forbids to pass on": len(withheld_prompts(study)),
        "judgments that were withdrawn": told.filter(withdrawn_at__isnull=False).count(),
        "judgments of guests that are held back": standing.exclude(
            guest_check=GuestCheck.COUNTED
        ).count(),
        "judgments of gold items that are in use": standing.filter(
            guest_check=GuestCheck.COUNTED, form_token__in=gold_forms()
        ).count(),
        "answers that later ones replaced": Answer.objects.filter(
            judgment__in=study.judgments.order_by().values("pk"), is_current=False
        )
        .exclude(judgment__is_repeat=True)
        .count(),
        "comparisons that were withdrawn, replaced or held back": study.told_comparisons.count()
        - study.countable_comparisons.count(),
        "judgments and comparisons of judges who stay out of releases": (
            countable(told).filter(judge__in=study.staying_out).count()
            + study.countable_comparisons.filter(judge__in=study.staying_out).count()
        ),
    }
    if study.oversees or study.protocol is not None:
        # Of a run or a collection, how much was said under what is not public is not public either.
        hidden = every.count() - told.count()
        counts["judgments about what stays out, or under what you may not read"] = hidden
    if not study.oversees:
        spoken = study.judgments.exclude(comment="").count()
        spoken += study.answers.exclude(words="", reason="").count()
        counts["remarks in a judge's own words"] = spoken
    if study.protocol is not None:
        items = Item.objects.filter(version__protocol=study.protocol)
        if study.protocol.closed_at is None:
            counts["expected answers of gold items that are in use"] = GoldAnswer.objects.filter(
                item__in=items
            ).count()
        if not study.oversees:
            counts["decisions on disputes"] = Adjudication.objects.filter(
                item__in=items, is_current=True
            ).count()
    return {why: count for why, count in counts.items() if count}


def withheld_models(study: Study) -> set[int]:
    """Models of the study whose licence forbids passing on what they wrote."""
    runs = Run.objects.filter(Exists(study.outputs.filter(run=OuterRef("pk"))))
    rows = runs.order_by().values_list("model", "model__licence").distinct()
    return {model for model, licence in rows if not may_share(licence)}


def withheld_prompts(study: Study) -> set[int]:
    """Prompts of the study whose licence forbids passing on their text."""
    licences = study.prompts.order_by().values_list("licence", flat=True).distinct()
    forbidden = [licence for licence in licences if not may_share(licence)]
    rows = study.prompts.order_by().filter(licence__in=forbidden)
    return set(rows.values_list("pk", flat=True)) if forbidden else set()
