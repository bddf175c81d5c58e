"""Definitions, their versions and criteria; what another rule would change, and proposing it."""

import json
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from evaluations.accounts.requests import AuthenticatedHttpRequest
from evaluations.api.boards import BoardQuery
from evaluations.api.problems import Problem, places
from evaluations.api.records import (
    Cursor,
    Key,
    Moment,
    Number,
    Sent,
    Share,
    Texts,
    page,
    page_of,
    record,
    several,
)
from evaluations.common.lookups import found_or_404
from evaluations.definitions.actions import outdated_reading
from evaluations.definitions.allowances import refusal, seconds_until
from evaluations.definitions.forms import AmendmentForm, wording_of
from evaluations.definitions.lookups import definition_or_404, version_or_404
from evaluations.definitions.models import (
    AbsencePolicy,
    CriterionVersion,
    DefinitionVersion,
    PartlyPolicy,
    as_dict,
)
from evaluations.definitions.proposal_actions import propose_amendment
from evaluations.leaderboards.boards.pages import version_in_force
from evaluations.leaderboards.boards.questions import in_words
from evaluations.leaderboards.comparisons.before_after import BOARD_COLUMNS, record_of
from evaluations.leaderboards.comparisons.rows import COLUMNS, flow_record, records
from evaluations.leaderboards.definition_pages.criterion_views import (
    CRITERION_COLUMNS,
    criterion_record,
    used_by,
)
from evaluations.leaderboards.definition_pages.views import DEFINITION_COLUMNS
from evaluations.leaderboards.definition_pages.workshop_views import in_force_or_404
from evaluations.leaderboards.whatif.views import what_if_from

router = Router(tags=["Definitions"])
FLIPS_SHOWN = 200

Definition = record(
    "Definition", DEFINITION_COLUMNS, slug=str, name=str, version=int, curated=bool, year=Number,
    quoted=bool, rule=Any, published_at=Moment,
)  # fmt: skip
Criterion = record(
    "Criterion", CRITERION_COLUMNS, key=str, version=int, meaning=int, process=bool,
    successors=Texts, used_by=Texts,
)  # fmt: skip
sides = ("before", "after")
BeforeAfter = record(
    "BeforeAfter", BOARD_COLUMNS,
    **{f"{side}_{name}": Share for side in sides for name in ("share", "low", "high")},
    **{f"{side}_place": Number for side in sides}, **{f"{side}_n": int for side in sides},
)  # fmt: skip
Flip = record("Flip", COLUMNS, output=int, sample=int, judge_pairs=int, judge_pairs_agreeing=int)
WhatIf = record(
    "WhatIf", ("definition", "absence_policy", "partly_policy", "question"), version=int, rule=Any,
    verdicts=dict[str, dict[str, int]], only_before=int, only_after=int, board=several(BeforeAfter),
    flipped=int, flips=several(Flip),
)  # fmt: skip
Proposed = record("Proposed", (), number=int, url=str)


class Rule(Sent):
    """A rule to be tried in place of a version's; what is left out stays as it is."""

    rule: Any = None
    absence_policy: AbsencePolicy | None = None
    partly_policy: PartlyPolicy | None = None
    version: int | None = None


class Amendment(Sent):
    """Another wording, with the reason; what is left out stays as it is in the version in force."""

    reason: str
    statement: str | None = None
    quoted: bool | None = None
    reading: str | None = None
    rule: Any = None
    absence_policy: AbsencePolicy | None = None
    partly_policy: PartlyPolicy | None = None
    note: str | None = None
    positive_example: str | None = None
    positive_why: str | None = None
    negative_example: str | None = None
    negative_why: str | None = None


@router.get("/definitions", response=page_of(Definition), summary="Published definitions")
def definitions(request: HttpRequest, response: HttpResponse, cursor: Query[Cursor]) -> Any:
    rows = DefinitionVersion.objects.published().select_related("forked_from__definition", "author")
    return page(request, response, rows, cursor, as_dict)


@router.get("/definitions/{slug}", response=Definition, summary="A definition’s version in force")
def definition(request: HttpRequest, slug: str) -> Any:
    return as_dict(version_in_force(slug))


@router.get("/definitions/{slug}/versions", response=page_of(Definition),
            summary="The versions of a definition")  # fmt: skip
def definition_versions(
    request: HttpRequest, response: HttpResponse, slug: str, cursor: Query[Cursor]
) -> Any:
    rows = DefinitionVersion.objects.of_everyone().filter(
        definition=version_in_force(slug).definition
    )
    joined = rows.select_related("forked_from__definition")
    return page(request, response, joined, cursor, as_dict)


@router.get("/definitions/{slug}/versions/{number}", response=Definition,
            summary="One version of a definition")  # fmt: skip
def definition_version(request: HttpRequest, slug: str, number: str) -> Any:
    return as_dict(version_or_404(slug, number))


@router.get("/criteria", response=page_of(Criterion), summary="Criteria as they are asked now")
def criteria(request: HttpRequest, response: HttpResponse, cursor: Query[Cursor]) -> Any:
    users = used_by()
    rows = CriterionVersion.objects.current()
    return page(request, response, rows, cursor, lambda row: criterion_record(row, users))


@router.get("/criteria/{key}", response=Criterion, summary="One criterion")
def criterion(request: HttpRequest, key: str) -> Any:
    rows = CriterionVersion.objects.current()
    found = found_or_404(rows, f"There is no criterion “{key}”.", criterion__key=key)
    return criterion_record(found, used_by())


@router.post("/definitions/{slug}/what-if", response=WhatIf, auth=Key("read"),
             summary="What another rule would change on the same judgments")  # fmt: skip
def what_if(request: HttpRequest, slug: str, sent: Rule, question: Query[BoardQuery]) -> Any:
    asked_of = request.GET.copy()
    for name, value in sent.dict(exclude_none=True).items():
        asked_of[name] = json.dumps(value) if name == "rule" else str(value)
    request.GET = asked_of  # type: ignore[assignment] # as the page's address says it
    asked = what_if_from(request, slug)
    parting = asked.parting
    if parting is None:
        errors = [{"place": each.place, "sentence": each.message} for each in asked.draft.errors]
        raise Problem(422, "This rule cannot be used.", errors=errors)
    order = parting.most_agreed_first().tolist()
    return {
        "definition": slug,
        "version": asked.version.number,
        "rule": asked.draft.rule,
        "absence_policy": asked.absence_policy,
        "partly_policy": asked.partly_policy,
        "question": in_words(asked.question),
        "verdicts": flow_record(parting),
        "only_before": parting.only_first,
        "only_after": parting.only_second,
        "board": [record_of(row) for row in asked.board()],
        "flipped": len(order),
        "flips": records(request, parting, order[:FLIPS_SHOWN], asked.titles),
    }


@router.post("/definitions/{slug}/proposals", response={201: Proposed}, auth=Key("write"),
             summary="Propose another wording or rule to a definition’s owner")  # fmt: skip
def propose(request: AuthenticatedHttpRequest, slug: str, sent: Amendment) -> Any:
    version = in_force_or_404(definition_or_404(request, slug))
    said = {**wording_of(version), **sent.dict(exclude_none=True)}
    form = AmendmentForm(said)
    if not form.is_valid():
        raise Problem(422, "This cannot be proposed yet.", errors=places(form.errors))
    if why := outdated_reading(said["rule"], form.cleaned_data["reading"], version):
        raise Problem(422, why, errors=[{"place": "reading", "sentence": why}])
    with transaction.atomic():
        if why := refusal(request, "propose"):
            raise Problem(429, why, again_in=seconds_until(request.user, "propose"))
        made = propose_amendment(
            base=version,
            proposer=request.user,
            reason=form.cleaned_data["reason"],
            wording={**form.says, "rule": said["rule"]},
        )
    url = request.build_absolute_uri(made.get_absolute_url())
    return Status(201, {"number": made.number, "url": url})
