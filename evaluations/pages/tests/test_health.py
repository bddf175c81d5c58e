import datetime as dt
import json
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from model_bakery import baker

from evaluations import __version__
from evaluations.judgments.tests.cast import make_output
from evaluations.pages import health_views
from evaluations.pages.models import Backup
from evaluations.runs.actions import report_output
from evaluations.runs.models import Output, Worker
from evaluations.runs.workers import forget_old_workers, record_worker


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    health_views.measurement.forget()
    yield
    health_views.measurement.forget()


@pytest.fixture
def messages(settings: Any, tmp_path: Path) -> Path:
    """An embedded broker of this test's own."""
    settings.EMBEDDED_BROKER = True
    settings.CELERY_BROKER_URL = "filesystem://"
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(tmp_path),
        "data_folder_out": str(tmp_path),
        "control_folder": str(tmp_path / "control"),
    }
    (tmp_path / "control").mkdir()
    return tmp_path


def ask(status: int = 200) -> dict[str, Any]:
    response = Client().get(reverse("health"))
    assert response.status_code == status
    report: dict[str, Any] = json.loads(response.content)
    return report


@pytest.mark.django_db
def test_all_is_well(messages: Path) -> None:
    record_worker(name="secret-host:1", kind="inference", device="cpu", model="SmolLM2")
    record_worker(name="secret-host:2", kind="light")
    report = ask()
    assert report["status"] == "ok"
    assert report["version"] == __version__
    assert report["database"]["ok"] is True
    assert 0 < report["database"]["milliseconds"] < 2000
    assert report["database"]["server_version"].split(".")[0].isdigit()
    assert report["broker"] == {"ok": True, "transport": "filesystem"}
    worker, light = report["workers"]
    assert light["kind"] == "light"
    assert report["missing"] == []
    assert 0 <= worker.pop("seen_seconds_ago") < 30
    assert worker == {"kind": "inference", "model": "SmolLM2", "device": "cpu"}
    assert report["queue"] == {"waiting": 0, "being_written": 0, "oldest_waiting_seconds": None}
    assert report["moderation"] == {"waiting": 0, "oldest_waiting_seconds": None}
    assert report["matrix"] == {"agrees": None, "rebuilt": 0}
    assert report["backup"] == {"nightly": False, "last_succeeded": None}


@pytest.mark.django_db
def test_the_guide_for_operators_explains_each_part(messages: Path) -> None:
    record_worker(name="a", kind="inference")
    guide = (settings.BASE_DIR / "docs" / "running.md").read_text(encoding="utf-8")
    table = guide.partition("\n## Watch it\n")[2].partition("\n## ")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", table, re.MULTILINE))
    report = ask()
    assert list(rows) == list(report)
    for part, value in report.items():
        for entry in value if isinstance(value, list) else [value]:
            for name in entry if isinstance(entry, dict) else ():
                assert f"`{name}`" in rows[part], f"{part}: {name}"


@pytest.mark.django_db
def test_the_last_backup_is_dated(messages: Path, settings: Any) -> None:
    settings.BACKUP_DIR = "/backups"
    for day in (2, 1):
        backup = Backup.objects.create(size=1)
        finished = dt.datetime(2026, 1, day, 3, tzinfo=dt.UTC)
        Backup.objects.filter(pk=backup.pk).update(finished_at=finished)
    assert ask()["backup"] == {"nightly": True, "last_succeeded": "2026-01-02T03:00:00+00:00"}


@pytest.mark.django_db
def test_the_queue_is_counted(messages: Path) -> None:
    later = timezone.now() + dt.timedelta(minutes=1)
    old = baker.make(Output, state="pending")
    Output.objects.filter(pk=old.pk).update(created_at=timezone.now() - dt.timedelta(seconds=90))
    baker.make(Output, state="pending")
    baker.make(Output, state="leased", leased_until=later)
    baker.make(Output, state="done", finished_at=later, trace_visibility="full")
    queue = ask()["queue"]
    assert (queue["waiting"], queue["being_written"]) == (2, 1)
    assert 89 < queue["oldest_waiting_seconds"] < 120


@pytest.mark.django_db
def test_without_an_inference_worker_the_site_is_degraded(messages: Path) -> None:
    record_worker(name="a", kind="light")
    record_worker(name="b", kind="inference")
    record_worker(name="c", kind="inference")
    long_ago = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    Worker.objects.filter(name="b").update(seen_at=long_ago)
    Worker.objects.filter(name="c").update(seen_at=long_ago - dt.timedelta(days=1))
    forget_old_workers()  # not the last one of a kind
    report = ask()
    assert report["status"] == "degraded"
    assert [worker["kind"] for worker in report["workers"]] == ["light"]
    assert report["missing"] == [{"kind": "inference", "since": "2026-01-02T03:04:05+00:00"}]
    assert list(Worker.objects.order_by("name").values_list("name", flat=True)) == ["a", "b"]


@pytest.mark.django_db
def test_a_light_worker_that_was_never_heard_of_is_missing_too(messages: Path) -> None:
    record_worker(name="a", kind="inference")
    report = ask()
    assert report["status"] == "degraded"
    assert report["missing"] == [{"kind": "light", "since": None}]


@pytest.mark.django_db
def test_without_its_folders_the_broker_is_down_and_the_site_degraded(messages: Path) -> None:
    record_worker(name="a", kind="inference")
    (messages / "control").rmdir()
    report = ask()
    assert report["broker"] == {"ok": False, "transport": "filesystem"}
    assert report["status"] == "degraded"


@pytest.mark.django_db
@pytest.mark.parametrize("transport", ["redis", "amqp"])
def test_a_broker_that_refuses_or_never_answers_costs_about_a_second(
    settings: Any, transport: str
) -> None:
    record_worker(name="a", kind="inference")
    settings.EMBEDDED_BROKER = False
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen(1)
        port = mute.getsockname()[1]
        settings.CELERY_BROKER_URL = f"{transport}://user:hidden@127.0.0.1:{port}//"
        started = time.monotonic()
        report = ask()
        assert time.monotonic() - started < health_views.BROKER_SECONDS + 1.5
    assert report["broker"] == {"ok": False, "transport": transport}
    assert report["status"] == "degraded"
    assert "hidden" not in json.dumps(report)
    health_views.measurement.forget()
    assert ask()["broker"]["ok"] is False


@pytest.mark.django_db
def test_a_reachable_broker_is_ok(settings: Any) -> None:
    settings.EMBEDDED_BROKER = False
    settings.CELERY_BROKER_URL = "memory://"
    assert ask()["broker"] == {"ok": True, "transport": "memory"}


def test_a_broken_database_is_503_and_not_an_error(
    messages: Path, django_db_blocker: Any, tmp_path: Path
) -> None:
    broken = connection.copy()
    broken.settings_dict["HOST"] = str(tmp_path / "nowhere")
    broken.settings_dict["PASSWORD"] = "hidden"
    whole = connections["default"]
    with django_db_blocker.unblock():
        connections["default"] = broken
        try:
            report = ask(503)
        finally:
            connections["default"] = whole
    assert report["status"] == "down"
    assert report["database"] == {"ok": False, "milliseconds": None, "server_version": None}
    assert report["workers"] == report["missing"] == []
    assert report["queue"]["waiting"] is None
    assert report["broker"]["ok"] is True
    assert "hidden" not in json.dumps(report)
    assert str(tmp_path) not in json.dumps(report)


@pytest.mark.django_db(transaction=True)
def test_a_database_without_tables_is_503(messages: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE runs_worker RENAME TO elsewhere")
        try:
            assert ask(503)["status"] == "down"
        finally:
            cursor.execute("ALTER TABLE elsewhere RENAME TO runs_worker")


@pytest.mark.django_db
def test_many_monitors_cost_one_measurement(
    messages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = []
    real = health_views.measure

    def counted() -> dict[str, Any]:
        measured.append(1)
        return real()

    monkeypatch.setattr(health_views, "measure", counted)
    first, second = ask(), ask()
    assert len(measured) == 1
    assert first == second
    monkeypatch.setattr(health_views.measurement, "_until", 0.0)
    ask()
    assert len(measured) == 2


@pytest.mark.django_db
def test_the_answer_is_not_kept_by_caches_and_sets_no_cookie(
    client: Client, messages: Path
) -> None:
    record_worker(name="secret-host:1", kind="inference")
    response = client.get(reverse("health"))
    assert "no-store" in response["Cache-Control"]
    assert not response.cookies
    assert "secret-host" not in response.content.decode()
    assert client.post(reverse("health")).status_code == 405


@pytest.mark.django_db
def test_it_says_for_how_long_something_waits_for_a_moderator() -> None:
    assert health_views.moderation_length() == {"waiting": 0, "oldest_waiting_seconds": None}
    report_output(output=make_output(), reason="harmful", text="It shouts.")
    found = health_views.moderation_length()
    assert found["waiting"] == 1
    assert 0 <= found["oldest_waiting_seconds"] < 60
