"""A run's page: how to repeat it, live progress that answers 304, outputs and failures."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from evaluations.runs.models import Output, Run
from evaluations.runs.workers import record_worker
from tests.cast import (
    HOSTILE,
    make_model,
    make_output,
    make_prompt,
    make_recipe,
    make_researcher,
    make_run,
)

pytestmark = pytest.mark.django_db


def page_of(client: Client, run: Run, query: str = "") -> str:
    response = client.get(f"/runs/{run.pk}/{query}")
    assert response.status_code == 200
    return response.content.decode()


def tag_in(page: str) -> str:
    found = re.search(r'hx-ptag="(\w+)"', page)
    assert found
    return found[1]


def test_everything_needed_to_repeat_it_is_there(client: Client) -> None:
    model = make_model("babbler", revision="4f1e", gguf_file="babbler-q8.gguf")
    recipe = make_recipe("slowly", temperature=0.35, top_p=0.8, max_new_tokens=1234)
    run = make_run(model=model, recipe=recipe, samples=3, seed=987654321)
    make_output(run=run)
    page = page_of(client, run)
    for word in (
        "package:babbler", "4f1e", "babbler-q8.gguf", "0.35", "0.8", "1,234", "3 for each prompt",
        "987654321", "eeeeeeeeeeee", "device", "cpu", "torch",
    ):  # fmt: skip
        assert word in page, word
    record = client.get(f"/runs/{run.pk}.json").json()
    assert record["model"]["revision"] == "4f1e"
    assert record["recipe"]["temperature"] == 0.35
    assert record["environments"][0]["outputs"] == 1
    assert [row["seed"] for row in record["outputs"]] == [7]
    assert client.get(f"/runs/{run.pk}.csv").content.decode().count("\r\n") == 2


def test_samples_count_from_1_on_pages_and_in_files(client: Client) -> None:
    run = make_run(samples=2)
    prompt = make_prompt("lamp")
    first, second = (make_output(run=run, prompt=prompt, sample=sample) for sample in (0, 1))
    rows = client.get(f"/runs/{run.pk}.json").json()["outputs"]
    assert {row["output"]: row["sample"] for row in rows} == {first.pk: 1, second.pk: 2}
    assert "sample 1 of 2" in client.get(first.get_absolute_url()).content.decode()


def test_counts_failures_and_outputs(client: Client) -> None:
    run = make_run()
    written = make_output(run=run, text="Because it rains.", prompt=make_prompt("rain"))
    make_output(run=run, state="failed", error="The prompt is longer than the context.", attempt=3)
    make_output(run=run, state="pending")
    make_output(run=run, state="leased")
    page = page_of(client, run)
    assert "1 of 4" in page
    assert f'href="/outputs/{written.pk}/"' in page
    assert "Because it rains." in page
    assert "The prompt is longer than the context." in page
    assert "after 3 attempts" in page


def test_a_hostile_output_is_escaped_in_the_list(client: Client) -> None:
    run = make_run()
    make_output(run=run, text=HOSTILE)
    make_output(run=run, state="failed", error=HOSTILE)
    page = page_of(client, run)
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert(1)") == 2
    assert "<img" not in page
    assert 'href="javascript' not in page


def test_progress_is_not_sent_again_while_nothing_changed(client: Client) -> None:
    run = make_run()
    make_output(run=run, state="leased")
    page = page_of(client, run)
    assert f'hx-get="/runs/{run.pk}/progress/?side=' in page
    poll = f"/runs/{run.pk}/progress/"
    held = client.get(poll, headers={"HX-Request": "true", "HX-PTag": tag_in(page)})
    assert (held.status_code, held.content) == (304, b"")
    make_output(run=run)
    changed = client.get(poll, headers={"HX-Request": "true", "HX-PTag": tag_in(page)})
    assert changed.status_code == 200
    assert changed["HX-PTag"] == tag_in(changed.content.decode()) != tag_in(page)
    assert "no-store" in changed["Cache-Control"]
    assert "<html" not in changed.content.decode()


def test_what_stands_beside_is_swapped_when_it_says_something_new(client: Client) -> None:
    run = make_run()
    left = [make_output(run=run, state="leased") for _ in range(2)]

    def swapped(page: str) -> tuple[str, str]:
        """What follows on *page*, and the ids of all that it swaps beside the live part."""
        address = re.search(r'hx-get="([^"]*)"', page)
        assert address
        answered = client.get(address[1].replace("&amp;", "&")).content.decode()
        return answered, " ".join(re.findall(r'id="(\w+)" hx-swap-oob="true"', answered))

    page = page_of(client, run)
    assert "hx-swap-oob" not in page
    assert "said with the first output" in page
    assert swapped(page)[1] == ""
    make_output(run=run)
    page, ids = swapped(page)
    assert ids == "settings environments"
    assert "1 output under eeeeeeeeeeee" in page
    assert "said with the first output" not in page
    make_output(run=run)
    page, ids = swapped(page)
    assert ids == "", "an opened environment stays open while outputs come in"
    Output.objects.filter(pk__in=[it.pk for it in left]).delete()
    page, ids = swapped(page)
    assert ids == "settings environments"
    assert "2 outputs under eeeeeeeeeeee" in page
    assert "hx-get" not in page


def test_polling_goes_on_after_a_cancel_until_nothing_is_being_written_and_then_stops(
    client: Client,
) -> None:
    run = make_run(cancelled_at=timezone.now())
    output = make_output(run=run, state="leased")
    poll = f"/runs/{run.pk}/progress/"
    assert "hx-trigger" in client.get(poll).content.decode()
    Output.objects.filter(pk=output.pk).update(state="cancelled", leased_until=None)
    last = client.get(poll).content.decode()
    assert "hx-get" not in last
    assert "hx-trigger" not in last
    assert "data-announce" in last


def test_pace_and_time_left(client: Client) -> None:
    run = make_run()
    make_output(run=run, seconds=10.0, tokens_out=300)
    for _ in range(6):
        make_output(run=run, state="pending")
    record_worker(name="w", kind="inference")
    page = client.get(f"/runs/{run.pk}/").content.decode()
    assert "30.0 tokens per second" in page
    assert "about 1 minute left" in page
    assert "No inference worker" not in page


def test_waiting_without_a_worker_is_said(client: Client) -> None:
    run = make_run()
    make_output(run=run, state="pending")
    record_worker(name="light", kind="light")
    assert "No inference worker has been heard of" in page_of(client, run)


def test_outputs_are_paged_and_polling_keeps_the_page(client: Client) -> None:
    run = make_run()
    outputs = [make_output(run=run) for _ in range(26)]
    make_output(run=run, state="leased")
    assert f'href="/outputs/{outputs[25].pk}/"' not in page_of(client, run)
    second = page_of(client, run, "?page=2")
    assert f'href="/outputs/{outputs[25].pk}/"' in second
    assert re.search(rf'hx-get="/runs/{run.pk}/progress/\?side=\w+&amp;page=2"', second)
    held = client.get(f"/runs/{run.pk}/progress/?page=2", headers={"HX-PTag": tag_in(second)})
    assert held.status_code == 304


def test_a_withdrawn_run_shows_no_output(client: Client) -> None:
    run = make_run(withdrawn_at=timezone.now())
    output = make_output(run=run, text="Better not.")
    page = page_of(client, run)
    assert "Better not." not in page
    assert f"/outputs/{output.pk}/" not in page
    assert "This run was withdrawn" in page


def test_only_those_who_may_run_models_see_the_buttons(client: Client) -> None:
    researcher = make_researcher()
    run = make_run(launched_by=researcher)
    make_output(run=run, state="pending")
    make_output(run=run, state="failed")
    assert "Cancel this run" not in page_of(client, run)
    assert "Queue failed" not in page_of(client, run)
    client.force_login(researcher)
    assert "Cancel this run" in page_of(client, run)
    assert "Queue failed and cancelled again" in page_of(client, run)


@pytest.mark.parametrize("path", ["/runs/999/", "/runs/99999999999999999999/", "/runs/999.json"])
def test_unknown_run(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("suffix", ["/", "/progress/", ".json", ".csv"])
def test_queries_do_not_grow_with_the_outputs(client: Client, suffix: str) -> None:
    run = make_run()

    def make_rows() -> None:
        for state in ("done", "done", "failed", "pending"):
            make_output(run=run, state=state)

    make_rows()
    with CaptureQueriesContext(connection) as few:
        client.get(f"/runs/{run.pk}{suffix}")
    make_rows()
    with CaptureQueriesContext(connection) as many:
        client.get(f"/runs/{run.pk}{suffix}")
    assert len(few) == len(many)
