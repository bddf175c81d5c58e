"""Every operation on a site with one of everything, called with what its schema allows: nothing
breaks, and every answer is as the schema says."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from evaluations.api import doorway
from evaluations.api.tests.calls import key_of, there
from tests.permission_world import World

CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
PLAIN = ("after", "limit", "q")
"""Parameters that name nothing that may not be there."""
NEED_A_KEY = ("get /api/v1/imports", "get /api/v1/imports/{import_id}")
"""What is read with a key alone."""
WITH_KEY, WITHOUT = 20, 4
"""Examples of each operation: what anybody may read is called with a key already."""


def call(operation: Any, world: World, headers: dict[str, str], most: int) -> set[int]:
    """Call an operation, mostly about what is there; which statuses were answered."""
    known = there(world, operation.path)
    seen: set[int] = set()

    @settings(
        max_examples=most, derandomize=True, database=None, deadline=None,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(operation.as_strategy(), st.sampled_from((True, True, False)))
    def hold(case: Any, is_there: bool) -> None:
        if is_there:
            case.path_parameters = {name: known[name] for name in case.path_parameters or {}}
            case.query = {name: it for name, it in (case.query or {}).items() if name in PLAIN}
        with transaction.atomic():
            answered = case.call(headers=headers)
            transaction.set_rollback(True)
        seen.add(answered.status_code)
        case.validate_response(answered, checks=CHECKS)

    hold()
    return seen


def call_all(key: str, world: World, methods: tuple[str, ...]) -> dict[str, set[int]]:
    """Call every operation; the statuses that each answered."""
    headers = {"Accept-Encoding": "identity"}
    headers |= {"Authorization": f"Bearer {key}"} if key else {}
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", WSGIHandler(), headers=headers)
    found = [result.ok() for result in schema.get_all_operations()]
    return {
        f"{each.method} {each.path}": call(each, world, headers, WITH_KEY if key else WITHOUT)
        for each in found
        if each.method in methods
    }


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Requests leave the connection open, in whose transaction the test is."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.mark.django_db
@pytest.mark.usefixtures("one_connection")
def test_every_operation_holds_to_its_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doorway, "BY_KEY", 1_000_000)
    monkeypatch.setattr(doorway, "BY_ADDRESS", 1_000_000)
    world = World()
    staff = world.people["staff"]
    assert staff is not None
    keyed = call_all(key_of(staff), world, ("get", "post"))
    open_to_all = call_all("", world, ("get",))
    assert len(keyed) > len(open_to_all) > 20
    # Examples that are refused alone would say little; bodies that fit have tests of their own.
    for found in (keyed, open_to_all):
        unread = {name for name, seen in found.items() if "get" in name and 200 not in seen}
        assert unread == ({*NEED_A_KEY} if found is open_to_all else set())
