from typing import TypeVar

from django.db.models import Model, QuerySet
from django.http import Http404

Row = TypeVar("Row", bound=Model)


def found_or_404(rows: QuerySet[Row], missing: str, **lookup: object) -> Row:
    """The one row that matches, or a 404 page with the sentence *missing*."""
    row = rows.filter(**lookup).first()
    if row is None:
        raise Http404(missing)
    return row
