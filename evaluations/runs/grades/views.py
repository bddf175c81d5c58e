"""What judges say was extracted wrongly, for those who write and look after graders."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evaluations.accounts.gates import only
from evaluations.accounts.requests import AuthenticatedHttpRequest
from evaluations.common.tables import Table
from evaluations.runs.models import Grade, Misreading, Output
from evaluations.runs.querysets import MisreadingQuerySet

A_PAGE = 50
COLUMNS = (
    "output", "prompt", "grader", "grader_version", "answer_version", "how", "score", "found",
    "said_instead", "reported_at", "graded_anew", "score_now",
)  # fmt: skip
LONGEST = 1000


REFUSAL = "This is for researchers, curators and staff."
readers_only = only(lambda user: user.may_read_misreadings, REFUSAL)


@require_safe
@readers_only
def misreadings(request: AuthenticatedHttpRequest) -> HttpResponse:
    """By grader and versions, and then one by one, the newest first."""
    said = readable(request)
    page = Paginator(said.for_list(), A_PAGE).get_page(request.GET.get("page"))
    return render(request, "runs/misreadings.html", {"page": page, "groups": by_versions(said)})


def readable(request: HttpRequest) -> MisreadingQuerySet:
    """What was said of outputs that stand and that the visitor may read."""
    return Misreading.objects.about(Output.objects.written().readable_by(request.user))


def by_versions(said: MisreadingQuerySet) -> list[dict[str, Any]]:
    """Each grader and answer version that was spoken of, with how much it graded in all."""
    of = ("grade__grader", "grade__grader_version", "grade__answer_version")
    groups = said.order_by().values(*of).annotate(
        reports=Count("pk"),
        outputs=Count("grade__output", distinct=True),
        standing=Count("grade", distinct=True, filter=Q(grade__is_current=True)),
    )  # fmt: skip
    made_by = Grade.objects.order_by().values_list("grader", "grader_version", "answer_version")
    graded = {row[:3]: row[3] for row in made_by.annotate(n=Count("pk"))}
    rows = [
        {
            "grade": Grade(grader=row[of[0]], grader_version=row[of[1]], answer_version=row[of[2]]),
            "graded": graded[tuple(row[name] for name in of)],
            **row,
        }
        for row in groups
    ]
    return sorted(rows, key=lambda row: row["outputs"], reverse=True)


def misreadings_table(request: HttpRequest) -> Table:
    if not (request.user.is_authenticated and request.user.may_read_misreadings):
        raise PermissionDenied(REFUSAL)
    rows = [record(one) for one in readable(request).for_list()]
    return Table("extracted-wrongly", COLUMNS, rows, lambda rows: {"reports": rows}, public=False)


def record(said: Misreading) -> dict[str, Any]:
    grade, now = said.grade, said.grade.output.grade
    return {
        "output": grade.output_id,
        "prompt": grade.output.prompt.slug,
        "grader": grade.grader,
        "grader_version": grade.grader_version,
        "answer_version": grade.answer_version,
        "how": grade.how or None,
        "score": grade.score,
        "found": grade.found[:LONGEST],
        "said_instead": said.answer or None,
        "reported_at": said.created_at.isoformat(),
        "graded_anew": not grade.is_current,
        "score_now": now and now.score,
    }
