"""Every model judge beside people, by criterion; and opinions that are brought in from a file."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from evaluations.accounts.requests import AuthenticatedHttpRequest
from evaluations.common.tables import Table
from evaluations.judgments.opinions.agreement import (
    COLUMNS,
    VALUES,
    compared_record,
    forget_on_site,
    kept_on_site,
)
from evaluations.judgments.opinions.forms import ImportForm
from evaluations.judgments.opinions.import_actions import (
    WHO_MAY_IMPORT,
    ImportRefused,
    import_opinions,
)
from evaluations.judgments.opinions.imports import COLUMNS as FILE_COLUMNS
from evaluations.judgments.opinions.imports import MOST_BYTES, MOST_JUDGMENTS, MOST_LINES, read

SITE_COLUMNS = tuple(name for name in COLUMNS if name not in ("protocol", "version"))
EXAMPLE = (
    {"output": 1, "criterion": "conclusion-supported", "answer": "yes", "judge": "my-judge",
     "sample": 1},
    {"output": 1, "criterion": "conclusion-supported", "answer": "partly", "judge": "my-judge",
     "sample": 2},
)  # fmt: skip


@require_safe
def model_judges(request: HttpRequest) -> HttpResponse:
    """How far each model judge agrees with people, criterion by criterion."""
    user = request.user
    context = {
        "compared": kept_on_site(),
        "values": VALUES,
        "may_work": user.is_authenticated and user.may_run_models,
    }
    return render(request, "judgments/model_judges.html", context)


def model_judges_table(request: HttpRequest) -> Table:
    """The same as files."""
    rows = [compared_record(None, judge, row) for judge, part in kept_on_site() for row in part]
    return Table("model-judges", SITE_COLUMNS, rows, lambda rows: {"compared_with_people": rows})


@login_required
@never_cache
def import_page(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Read opinions from a file, show what would be stored, and store all of it or nothing."""
    if not request.user.may_run_models:
        raise PermissionDenied(WHO_MAY_IMPORT)
    form = ImportForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {
        "form": form,
        "columns": FILE_COLUMNS,
        "most": {"judgments": MOST_JUDGMENTS, "lines": MOST_LINES, "bytes": MOST_BYTES},
    }
    status = 200
    if request.method == "POST":
        if not form.is_valid():
            status = 422
        elif request.POST.get("press") == "store" and not request.FILES:
            try:
                found = import_opinions(actor=request.user, text=form.cleaned_data["text"])
            except ImportRefused as refusal:
                context["preview"], status = refusal.read, 422
            else:
                forget_on_site()
                messages.success(request, said_of(len(found.new), found.known))
                return redirect("model-judges")
        else:
            context["preview"] = read(form.cleaned_data["text"])
            status = 422 if context["preview"].refused else 200
    return render(request, "judgments/opinions_import.html", context, status=status)


def said_of(new: int, known: int) -> str:
    """What an import did, in a sentence or two."""
    stored = f"{new:,} answers were stored." if new else "Nothing was new."
    return f"{stored} {known:,} were known already." if known else stored


def example_table(request: HttpRequest) -> Table:
    """Two lines that show which column holds what."""
    return Table("opinions-example", FILE_COLUMNS, EXAMPLE, lambda rows: {"opinions": rows})
