"""What cites an output or a definition: collections that hold it, statements that rest on it."""

from django.db.models import Q, QuerySet

from evaluations.curation.models import Collection
from evaluations.debates.models import Statement
from evaluations.definitions.models import Definition
from evaluations.runs.models import Output


def collections_with(output: Output) -> QuerySet[Collection]:
    """Public collections of which an item is, or is about, an output."""
    here = Q(placements__output=output)
    here |= Q(placements__left=output) | Q(placements__right=output)
    return Collection.objects.listed().filter(pk__in=Collection.objects.filter(here).values("pk"))


def collections_about(definition: Definition) -> QuerySet[Collection]:
    """Public collections that hold a version of a definition, or show verdicts under one."""
    here = Q(placements__definition_version__definition=definition)
    here |= Q(placements__lens__definition=definition)
    return Collection.objects.listed().filter(pk__in=Collection.objects.filter(here).values("pk"))


def statements_on(output: Output) -> QuerySet[Statement]:
    """Statements that stand and rest on an output, the newest first."""
    return Statement.objects.standing().for_page().filter(evidence__output=output)
