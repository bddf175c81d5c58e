"""What staff do with endpoints: keep them, their prices and models, ask for probes."""

import datetime as dt
from decimal import Decimal

from django.db import transaction

from evaluations.accounts.models import User
from evaluations.inference.backends import OPENAI_COMPATIBLE
from evaluations.runs.doorbell import ring_on_commit
from evaluations.runs.models import Endpoint, LanguageModel, Price, Probe


def check_staff(actor: User) -> None:
    """Raises PermissionError for everybody but staff: endpoints cost money and see the network."""
    if not actor.is_staff:
        raise PermissionError("Only staff may see and change endpoints.")


@transaction.atomic
def save_endpoint(*, endpoint: Endpoint, actor: User) -> Endpoint:
    """Store a new or changed endpoint. What probes found at another address is forgotten."""
    check_staff(actor)
    stored = Endpoint.objects.filter(pk=endpoint.pk).first() if endpoint.pk else None
    if stored and (stored.address, stored.dialect) != (endpoint.address, endpoint.dialect):
        endpoint.capabilities = {}
    endpoint.save()
    return endpoint


@transaction.atomic
def set_price(
    *,
    endpoint: Endpoint,
    model: str,
    since: dt.date,
    tokens_in: Decimal,
    tokens_out: Decimal,
    actor: User,
) -> Price:
    """Say what a model, or all of them, cost from a day on; of one day the later price stays."""
    check_staff(actor)
    costs = {"tokens_in": tokens_in, "tokens_out": tokens_out}
    price, _ = Price.objects.update_or_create(
        endpoint=endpoint, model=model, since=since, defaults=costs
    )
    return price


@transaction.atomic
def add_model(*, endpoint: Endpoint, path: str, name: str, slug: str, actor: User) -> LanguageModel:
    """A language model behind an endpoint, which calls it `path`."""
    check_staff(actor)
    return LanguageModel.objects.create(
        endpoint=endpoint, backend=OPENAI_COMPATIBLE, path=path, name=name, slug=slug
    )


@transaction.atomic
def ask_for_probe(*, endpoint: Endpoint, model: str, actor: User) -> Probe:
    """Have a worker probe a model there; its probe that waits or is being made, if there is one."""
    check_staff(actor)
    Endpoint.objects.select_for_update().get(pk=endpoint.pk)
    if waiting := endpoint.probes.filter(finished_at=None, model=model).first():
        return waiting
    asked = Probe.objects.create(endpoint=endpoint, model=model, asked_by=actor)
    ring_on_commit()
    return asked
