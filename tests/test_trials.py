"""Trying a model: a worker writes one short reply, and its pages say how that went."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from evaluations.judgments.opinions.forms import AskForm
from evaluations.leaderboards.matrix.current import current_matrix
from evaluations.runs.actions import TRIAL_WORDS, forget_trials, try_model
from evaluations.runs.building.forms import RunForm
from evaluations.runs.consumer import Consumer
from evaluations.runs.models import LanguageModel, Output, OutputState, Recipe, Run
from evaluations.runs.progress import trial_of
from tests.cast import make_model, make_output, make_researcher, make_run, make_staff, make_user

FAKE = "evaluations.runs.tests.fake_engine.FakeEngine"
ADD = "/admin/runs/languagemodel/add/"


@pytest.fixture(autouse=True)
def registered(settings: Any) -> None:
    settings.INFERENCE_BACKENDS = [FAKE]


@pytest.fixture
def worker(transactional_db: None) -> Iterator[Callable[[], Consumer]]:
    """Starts a real consumer in a thread of its own, and stops it at the end."""
    started: list[Consumer] = []

    def start() -> Consumer:
        consumer = Consumer()
        started.append(consumer)

        def work() -> None:
            consumer.run()
            connection.close()

        threading.Thread(target=work, daemon=True).start()
        return consumer

    yield start
    for consumer in started:
        consumer.stop()


def tried(slug: str) -> Any:
    return trial_of(LanguageModel.objects.with_trial().get(slug=slug))


def wait_for(slug: str, state: str) -> Any:
    deadline = time.monotonic() + 60
    while (found := tried(slug)).state != state:
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    return found


def fields(**more: Any) -> dict[str, Any]:
    return {"slug": "new", "name": "New", "backend": FAKE, "path": "a/b", "position": 1, **more}


def test_a_worker_tries_a_mistyped_path_and_the_corrected_one(
    client: Client, worker: Callable[[], Consumer]
) -> None:
    client.force_login(make_staff())
    answer = client.post(ADD, fields(path="nowhere", _try="Save and try it"))
    assert answer["Location"] == "/models/new/"
    page = client.get("/models/new/").content.decode()
    assert "waiting to be tried" in page
    assert 'hx-trigger="every 2s"' in page
    assert 'id="try"' not in page, "it is under way"
    consumer = worker()
    failed = wait_for("new", "failed")
    assert failed.mark == "failed: The model “New” was not found at nowhere."
    page = client.get("/models/new/").content.decode()
    assert "was not found at nowhere." in page
    assert "every 2s" not in page
    pk = LanguageModel.objects.get(slug="new").pk
    change = f"/admin/runs/languagemodel/{pk}/change/"
    client.post(change, fields(path="a/b", _save="Save"))
    assert tried("new").mark == "never tried", "another path is another model"
    client.post(change, fields(path="a/b", _try="Save and try it"))
    assert "Seed" in wait_for("new", "done").reply
    assert consumer.model is not None
    client.post(change, fields(path="a/c", _try="Save and try it"))
    assert tried("new").state != "failed"
    wait_for("new", "done")
    assert consumer.model.path == "a/c", "what was loaded before was not asked again"
    assert "Asked to say hello, it wrote:" in client.get("/models/new/").content.decode()


@pytest.mark.django_db
def test_a_model_saved_untried_says_so_wherever_it_is_chosen(client: Client) -> None:
    staff = make_staff()
    client.force_login(staff)
    assert 'name="_try"' in client.get(ADD).content.decode()
    client.post(ADD, fields(_save="Save"))
    assert "never tried" in client.get("/models/").content.decode()
    assert "never tried" in client.get("/models/new/").content.decode()
    assert "never tried" in client.get("/admin/runs/languagemodel/").content.decode()
    for form in (RunForm(staff), AskForm()):
        assert "New (never tried)" in str(form["model"])
    make_output(run=make_run(model=LanguageModel.objects.get(slug="new")))
    for page in ("/models/", "/models/new/"):
        assert "never tried" not in client.get(page).content.decode(), "its outputs say enough"


@pytest.mark.django_db
def test_a_trial_is_one_reply_that_nobody_judges_or_counts(client: Client) -> None:
    model, staff = make_model(backend=FAKE), make_staff()
    run = try_model(model=model, actor=staff)
    assert try_model(model=model, actor=staff) == run, "pressed twice, it is tried once"
    (output,) = run.outputs.all()
    assert output.prompt.text == TRIAL_WORDS
    Output.objects.filter(pk=output.pk).update(
        state=OutputState.DONE, text="Hello.", trace_visibility="full", finished_at=run.created_at
    )
    assert tried(model.slug).mark == f"tried on {run.created_at:%-d %B %Y}"
    assert not Output.objects.finished().exists()
    assert not Run.objects.listed().exists()
    assert not Recipe.objects.listed().exists()
    assert current_matrix().size == 0
    assert "model-trial" not in client.get("/prompts/").content.decode()
    client.force_login(staff)
    change = client.get(f"/admin/runs/languagemodel/{model.pk}/change/").content.decode()
    assert 'name="path"' in change, "a trial freezes nothing"
    again = try_model(model=model, actor=staff)
    assert again != run
    forget_trials(model)
    assert tried(model.slug).mark == "never tried"
    assert again.outputs.get().state == OutputState.CANCELLED


@pytest.mark.django_db
def test_those_who_may_start_runs_may_try_a_model(client: Client) -> None:
    model = make_model(backend=FAKE)
    client.force_login(make_user("somebody"))
    assert client.post(f"/models/{model.slug}/try/").status_code == 403
    assert 'id="try"' not in client.get(f"/models/{model.slug}/").content.decode()
    client.force_login(make_researcher())
    assert 'id="try"' in client.get(f"/models/{model.slug}/").content.decode()
    assert client.post(f"/models/{model.slug}/try/").status_code == 303
    assert Run.objects.get().outputs.count() == 1
    fragment = client.get(f"/models/{model.slug}/", headers={"HX-Request": "true"})
    assert "waiting to be tried" in fragment.content.decode()
    assert "<html" not in fragment.content.decode()
    LanguageModel.objects.update(is_archived=True)
    Run.objects.update(cancelled_at=Run.objects.get().created_at)
    client.post(f"/models/{model.slug}/try/")
    assert Run.objects.count() == 1, "what is archived is not asked any more"
