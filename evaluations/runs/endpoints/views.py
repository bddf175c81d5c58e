"""Pages of staff: servers that models are asked at, what they cost, what probes found."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_POST, require_safe

from evaluations.accounts.gates import staff_only
from evaluations.accounts.requests import AuthenticatedHttpRequest
from evaluations.common.fragments import page_or_fragment
from evaluations.common.lookups import found_or_404
from evaluations.runs.endpoints import actions
from evaluations.runs.endpoints.forms import EndpointForm, ModelForm, PriceForm, ProbeForm
from evaluations.runs.models import Endpoint, Price
from evaluations.runs.progress import worker_is_alive

DAY = "j F Y"
PAGE = "runs/endpoint.html"
FORM = "runs/endpoint_form.html"


def endpoint_or_404(slug: str) -> Endpoint:
    return found_or_404(Endpoint.objects.all(), f"There is no endpoint “{slug}”.", slug=slug)


@require_safe
@staff_only
def endpoints(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Every endpoint with the number of models behind it."""
    rows = Endpoint.objects.annotate(model_count=Count("models"))
    return render(request, "runs/endpoints.html", {"rows": rows})


@staff_only
def endpoint_new(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Add an endpoint."""
    return edited(request, Endpoint())


@staff_only
def endpoint_edit(request: AuthenticatedHttpRequest, slug: str) -> HttpResponse:
    """Change an endpoint: its address, its dialect, where its key is."""
    return edited(request, endpoint_or_404(slug))


def edited(request: AuthenticatedHttpRequest, endpoint: Endpoint) -> HttpResponse:
    """The form of an endpoint; a valid one is stored, another comes back with what was typed."""
    name = endpoint.name
    form = EndpointForm(request.POST if request.method == "POST" else None, instance=endpoint)
    if form.is_valid():
        return redirect(actions.save_endpoint(endpoint=form.instance, actor=request.user))
    context = {"form": form, "name": name}
    return render(request, FORM, context, status=422 if form.is_bound else 200)


@require_safe
@staff_only
def endpoint(request: AuthenticatedHttpRequest, slug: str) -> HttpResponse:
    """One endpoint, with its last probe."""
    return shown(request, endpoint_or_404(slug))


def shown(
    request: AuthenticatedHttpRequest, endpoint: Endpoint, sent: forms.BaseForm | None = None
) -> HttpResponse:
    """The page of an endpoint; of its three forms the one that was refused keeps what was typed."""
    models = list(endpoint.models.order_by("position", "name"))
    probe = endpoint.probes.first()
    named = probe.found.get("models", []) if probe else []
    known = models[0].path if models else next(iter(named), "")
    own: dict[str, forms.BaseForm] = {
        "price_form": PriceForm(auto_id="price_%s"),
        "probe_form": ProbeForm(initial={"model": known}, auto_id="probe_%s"),
        "model_form": ModelForm(auto_id="model_%s"),
    }
    context: dict[str, Any] = {
        name: sent if sent is not None and type(sent) is type(form) else form
        for name, form in own.items()
    }
    context |= {
        "endpoint": endpoint,
        "models": models,
        "prices": endpoint.prices.all(),
        "probe": probe,
        "records": sorted(endpoint.capabilities.items()),
        "worker": worker_is_alive(),
        "form": sent,
    }
    status = 422 if sent is not None else 200
    return page_or_fragment(request, PAGE, context, fragment="probe", status=status)


def counts_from(price: Price) -> str:
    """Which attempts a price counts, as a sentence. Makes one query."""
    today = timezone.localdate()
    if price.since > today:
        return f"Attempts from {date_format(price.since, DAY)} on are counted by it."
    known = Price.objects.filter(endpoint=price.endpoint, model=price.model, since__lte=today)
    newest = known.latest("since")
    if newest != price:
        return f"A later one, of {date_format(newest.since, DAY)}, is in force today."
    return "Attempts from now on are counted by it."


@require_POST
@staff_only
def endpoint_price(request: AuthenticatedHttpRequest, slug: str) -> HttpResponse:
    """Say what a model there costs from a day on."""
    found = endpoint_or_404(slug)
    form = PriceForm(request.POST, auto_id="price_%s")
    if not form.is_valid():
        return shown(request, found, form)
    price = actions.set_price(endpoint=found, actor=request.user, **form.cleaned_data)
    messages.success(request, f"The price is set. {counts_from(price)}")
    return redirect(found)


@require_POST
@staff_only
def endpoint_model(request: AuthenticatedHttpRequest, slug: str) -> HttpResponse:
    """Add a language model behind the endpoint and go to its page."""
    found = endpoint_or_404(slug)
    form = ModelForm(request.POST, auto_id="model_%s")
    if not form.is_valid():
        return shown(request, found, form)
    made = actions.add_model(
        endpoint=found, actor=request.user, slug=form.slug, **form.cleaned_data
    )
    return redirect("model", made.slug)


@require_POST
@staff_only
def endpoint_probe(request: AuthenticatedHttpRequest, slug: str) -> HttpResponse:
    """Have a worker make up to 22 small calls."""
    found = endpoint_or_404(slug)
    form = ProbeForm(request.POST, auto_id="probe_%s")
    if not form.is_valid():
        return shown(request, found, form)
    actions.ask_for_probe(endpoint=found, model=form.cleaned_data["model"], actor=request.user)
    return redirect(found)
