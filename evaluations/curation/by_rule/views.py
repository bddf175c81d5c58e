"""Collections by rule: what each finds now, and forks of that."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from evaluations.accounts.requests import AuthenticatedHttpRequest
from evaluations.curation.actions import made_before
from evaluations.curation.by_rule.rules import MOST, RULES, Found, Rule
from evaluations.curation.contents import records_of
from evaluations.curation.forms import OnceForm, token_sent
from evaluations.curation.models import Placement
from evaluations.curation.showing import shown_items, unseen_outputs
from evaluations.curation.version_actions import fork
from evaluations.definitions.allowances import refusal
from evaluations.runs.models import Output

TEMPLATE = "curation/by_rule.html"
KEPT_SECONDS = 60


def rule_or_404(name: str) -> Rule:
    if name not in RULES:
        raise Http404(f"There is no collection by a rule “{name}”: choose {', '.join(RULES)}.")
    return RULES[name]


def state_of(found: Found) -> str:
    """How much a rule finds, or what it lacks, in a phrase."""
    if found.lacks:
        return found.lacks
    if found.total > len(found.outputs):
        return f"{len(found.outputs)} of {found.total:,} outputs"
    return f"{found.total} output{'' if found.total == 1 else 's'}"


def listed_rules() -> list[dict[str, str]]:
    """The rules as the list of collections shows them, with figures of at most a minute ago."""
    return cache.get_or_set("collections-by-rule", rules_now, KEPT_SECONDS) or []


def rules_now() -> list[dict[str, str]]:
    return [
        {
            "href": reverse("collection-by-rule", args=[rule.name]),
            "title": rule.title,
            "sentence": rule.sentence,
            "state": state_of(rule.find()),
        }
        for rule in RULES.values()
    ]


def items_of(found: Found) -> list[Placement]:
    """What a rule finds as items that nobody saved. One query, and one for its lenses."""
    outputs = Output.objects.for_reading().in_bulk(list(found.outputs))
    items = []
    for key in found.outputs:
        item = Placement(output=outputs[key])
        item.carried_lens = []
        items.append(item)
    return items


@require_safe
@never_cache
def by_rule(request: HttpRequest, name: str) -> HttpResponse:
    """What a rule finds now."""
    return show(request, rule_or_404(name))


def show(request: HttpRequest, rule: Rule, *, problem: str = "", status: int = 200) -> HttpResponse:
    found = rule.find()
    context: dict[str, Any] = {
        "rule": rule,
        "found": found,
        "state": state_of(found),
        "items": shown_items(request, records_of(items_of(found))),
        "unseen": unseen_outputs(request, found.outputs),
        "most": MOST,
        "problem": problem,
        "once": OnceForm(),
    }
    return render(request, TEMPLATE, context, status=status)


@require_POST
@login_required
def rule_fork(request: AuthenticatedHttpRequest, name: str) -> HttpResponse:
    """A collection of one's own that begins with what a rule finds today."""
    rule = rule_or_404(name)
    found = rule.find()
    if not found.outputs:
        return show(request, rule, problem="There is nothing to fork yet.", status=409)
    items = items_of(found)
    for item in items:
        item.added_by = request.user
        item.came_from = reverse("collection-by-rule", args=[name])
    token = token_sent(request.POST)
    again = made_before(owner=request.user, form_token=token, built_by=name)
    with transaction.atomic():
        if why_not := "" if again else refusal(request, "collect"):
            return show(request, rule, problem=why_not, status=429)
        made = fork(
            actor=request.user, title=rule.title, items=[(item, []) for item in items],
            built_by=name, form_token=token,
        )  # fmt: skip
    messages.success(request, "This is your own now: say of each why it is here.")
    return redirect("collection-edit", *made.path)
