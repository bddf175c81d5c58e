"""A file's way through the pages: sent, read by a worker, looked at, imported by a worker."""

import asyncio
import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.exchange.loading import files, job_actions
from evaluations.exchange.loading.room import may_import, room_for_files
from evaluations.exchange.loading.tests.cast import BAD, GOOD
from evaluations.exchange.models import ImportJob, ImportPart
from evaluations.exchange.tasks import work
from evaluations.judgments.tests.cast import make_user
from evaluations.runs.models import Output

pytestmark = pytest.mark.django_db


@pytest.fixture
def researcher() -> Client:
    client = Client()
    client.force_login(make_user("rita", role="researcher"))
    return client


def send(client: Client, text: str, name: str = "sums.jsonl", **fields: object) -> ImportJob:
    sent = SimpleUploadedFile(name, text.encode("utf-8", "surrogatepass"))
    answer = client.post("/data/import/", {"file": sent, **fields})
    assert answer.status_code == 302, answer.content.decode()
    return ImportJob.objects.latest("pk")


def test_a_file_is_read_looked_at_and_imported(researcher: Client) -> None:
    page = researcher.get("/data/import/").content.decode()
    assert "&lt;think&gt;Three times 24 is 72.&lt;/think&gt;72" in page
    job = send(researcher, GOOD)
    url = job.get_absolute_url()
    assert (job.format, job.state, job.size) == ("own-jsonl", "waiting", len(GOOD))
    page = researcher.get(url).content.decode()
    assert 'hx-trigger="every 1s"' in page
    assert not Output.objects.exists()

    work()
    page = researcher.get(url).content.decode()
    assert "What is in it" in page
    assert "One more than 0." in page
    assert "brot-7b" in page
    assert "Leave out the refused lines" not in page
    assert not Output.objects.exists()

    answer = researcher.post(url, {"press": "import", "licence": "", "visibility": "unlisted"})
    assert answer.status_code == 422
    assert (
        'value="unlisted" required id="id_visibility_1" checked'
        in answer.content.decode().replace("  ", " ")
        or "unlisted" in answer.content.decode()
    )
    answer = researcher.post(
        url, {"press": "import", "licence": "CC BY 4.0", "visibility": "private"}
    )
    assert answer.status_code == 302
    assert not Output.objects.exists()
    work()
    job.refresh_from_db()
    assert (job.state, job.report["stored"], job.runs.count()) == ("loaded", 7, 1)
    assert not ImportPart.objects.exists()
    page = researcher.get(url).content.decode()
    assert "7 outputs" in page
    slug = job.runs.get().prompt_set.slug
    assert f"/protocols/new/?prompt_sets={slug}" in page
    assert f"/judge/{Output.objects.earliest('pk').pk}/" in page
    assert (
        f'value="{slug}"' in researcher.get(f"/protocols/new/?prompt_sets={slug}").content.decode()
    )
    output = Output.objects.earliest("pk")
    assert Client().get(output.get_absolute_url()).status_code == 404
    assert researcher.get(output.get_absolute_url()).status_code == 200
    assert "brot-7b" not in Client().get("/models/").content.decode()

    again = send(researcher, GOOD)
    work()
    page = researcher.get(again.get_absolute_url()).content.decode()
    assert "All 7 outputs are already here." in page
    refused = researcher.post(
        again.get_absolute_url(), {"press": "import", "licence": "x", "visibility": "private"}
    )
    assert refused.status_code == 422
    assert Output.objects.count() == 7


def test_refused_lines_are_in_the_way_until_they_are_left_out(researcher: Client) -> None:
    job = send(researcher, BAD)
    work()
    url = job.get_absolute_url()
    page = researcher.get(url).content.decode()
    assert "2 refused lines" in page
    assert "Leave out the refused lines" in page
    table = researcher.get(f"{url[:-1]}/refused.csv").content.decode().splitlines()
    assert [line.partition(",")[0] for line in table] == ["line", "8", "9"]
    sent = {"press": "import", "licence": "CC BY 4.0", "visibility": "public"}
    answer = researcher.post(url, sent)
    assert answer.status_code == 422
    assert "2 lines are refused. Tick this" in answer.content.decode()
    assert 'value="CC BY 4.0"' in answer.content.decode()
    assert researcher.post(url, {**sent, "skips_refused": "on"}).status_code == 302
    work()
    assert Output.objects.finished().count() == 7


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("x.jsonl", "", "This file is empty."),
        ("x.parquet", "PAR1 columns", "This is a Parquet file"),
        ("x.json", "[1, 2]", "looks like none of the formats"),
    ],
)
def test_what_cannot_be_read_is_refused_at_once(
    researcher: Client, name: str, text: str, why: str
) -> None:
    answer = researcher.post("/data/import/", {"file": SimpleUploadedFile(name, text.encode())})
    assert answer.status_code == 422
    assert why in answer.content.decode()
    assert not ImportJob.objects.exists()


def test_a_file_is_read_again_as_another_format_or_dropped(researcher: Client) -> None:
    job = send(researcher, GOOD, format="chat")
    work()
    job.refresh_from_db()
    assert (job.state, job.report["outputs"]) == ("previewed", 0)
    assert "Every line is refused." in researcher.get(job.get_absolute_url()).content.decode()
    researcher.post(job.get_absolute_url(), {"press": "format", "format": "own-jsonl"})
    work()
    job.refresh_from_db()
    assert (job.format, job.report["outputs"]) == ("own-jsonl", 7)
    answer = researcher.post(job.get_absolute_url(), {"press": "drop"}, follow=True)
    assert "Nothing of it was stored." in answer.content.decode()
    job.refresh_from_db()
    assert (job.state, job.parts.count()) == ("refused", 0)


def test_what_a_worker_has_is_not_dropped(researcher: Client) -> None:
    job = send(researcher, GOOD)
    for state, said in (("loading", "it is being imported"), ("reading", "it is being read")):
        ImportJob.objects.filter(pk=job.pk).update(state=state)
        answer = researcher.post(job.get_absolute_url(), {"press": "drop"}, follow=True)
        page = answer.content.decode()
        assert f"It cannot be dropped: {said}." in page
        assert "The file is gone" not in page
        assert ImportPart.objects.filter(job=job).exists()


def test_files_are_ones_own(researcher: Client) -> None:
    job = send(researcher, GOOD)
    other, member, staff = Client(), Client(), Client()
    other.force_login(make_user("vera", role="researcher"))
    member.force_login(make_user("max"))
    staff.force_login(make_user("sam", is_staff=True))
    url = job.get_absolute_url()
    assert other.get(url).status_code == 404
    assert other.get(f"{url[:-1]}/refused.json").status_code == 404
    assert member.get(url).status_code == member.get("/data/import/").status_code == 403
    assert Client().get("/data/import/").status_code == 302
    assert staff.get(url).status_code == 200


def test_who_leaves_leaves_what_was_imported_without_a_name(researcher: Client) -> None:
    job = send(researcher, GOOD)
    work()
    sent = {"press": "import", "licence": "CC BY 4.0", "visibility": "public"}
    researcher.post(job.get_absolute_url(), sent)
    work()
    User.objects.get(username="rita").delete()
    job.refresh_from_db()
    assert (job.by, job.state, job.runs.get().launched_by) == (None, "loaded", None)
    assert Output.objects.finished().count() == 7


def test_a_file_that_nobody_imports_is_gone_after_a_day(researcher: Client) -> None:
    job = send(researcher, GOOD)
    work()
    assert job.parts.count() == 1
    ImportJob.objects.update(at=timezone.now() - dt.timedelta(hours=25))
    work()
    job.refresh_from_db()
    assert (job.state, job.parts.count()) == ("refused", 0)
    assert "within a day" in researcher.get(job.get_absolute_url()).content.decode()


def ordered(researcher: Client) -> ImportJob:
    """A file of yesterday that a worker was told to import."""
    job = send(researcher, GOOD)
    work()
    answers = {"press": "import", "licence": "CC BY 4.0", "visibility": "private"}
    assert researcher.post(job.get_absolute_url(), answers).status_code == 302
    ImportJob.objects.update(at=timezone.now() - dt.timedelta(hours=25))
    return job


def test_a_file_that_is_being_imported_is_not_left_lying(researcher: Client) -> None:
    job = ordered(researcher)
    assert job_actions.forget_left_lying() == 0
    work()
    job.refresh_from_db()
    assert (job.state, Output.objects.count()) == ("loaded", 7)


def test_what_was_refused_meanwhile_is_not_stored(
    researcher: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    ordered(researcher)
    load = job_actions.load

    def refused_meanwhile(*given: object, **more: object) -> object:
        ImportJob.objects.update(state="refused")
        return load(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(job_actions, "load", refused_meanwhile)
    work()
    assert not Output.objects.exists()


def test_a_worker_that_died_is_followed_by_another(researcher: Client) -> None:
    job = send(researcher, GOOD)
    assert job_actions.claim(ImportJob) == job
    assert job_actions.claim(ImportJob) is None
    ImportJob.objects.update(touched_at=timezone.now() - dt.timedelta(minutes=6))
    work()
    job.refresh_from_db()
    assert (job.state, job.report["outputs"]) == ("previewed", 7)


def test_what_goes_wrong_in_a_reader_is_told_and_nothing_hangs(
    researcher: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> object:
        raise RuntimeError("the oven is out")

    job = send(researcher, GOOD)
    monkeypatch.setattr(job_actions, "look_over", broken)
    work()
    job.refresh_from_db()
    assert (job.state, job.why_not, job.parts.count()) == ("refused", job_actions.BROKEN, 0)


def test_bytes_come_back_as_they_were() -> None:
    job = ImportJob.objects.create(name="x", size=1)
    pieces = [b"a" * 700_000, b"b" * 1_500_000, b"", b"c"]
    files.keep(job, pieces)
    assert [len(bytes(part.data)) for part in job.parts.all()] == [1_000_000, 1_000_000, 200_001]
    with files.put_together(job) as file:
        assert file.read() == b"".join(pieces)


def test_only_who_may_import_may_send_much() -> None:
    def cookies(role: str) -> str:
        client = Client()
        client.force_login(make_user(f"room-{role}", role=role))
        return f"a=b; sessionid={client.cookies['sessionid'].value}"

    may = cookies("researcher")
    assert may_import(may)
    for cookie in (cookies("member"), "", "sessionid=forged", "sessionid"):
        assert not may_import(cookie)
    for path, method in (("/judge/1/", "POST"), ("/data/import/", "GET")):
        scope = {"path": path, "method": method, "headers": [(b"cookie", may.encode())]}
        assert asyncio.run(room_for_files(scope)) == 0
