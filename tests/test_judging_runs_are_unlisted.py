"""What model judges are asked and write is in no list, on no board, in no count, on no page."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from evaluations.accounts.models import User
from evaluations.judgments.items.questions import next_output, questions_from
from evaluations.judgments.models import Opinion
from evaluations.judgments.opinions.reading_actions import read_opinions
from evaluations.judgments.opinions.tests.opinion_cast import (
    ask,
    make_judging_model,
    staff,
    write_reply,
)
from evaluations.judgments.tests.cast import (
    give,
    make_block,
    make_criterion,
    make_definition,
    make_judge,
    make_output,
)
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.leaderboards.matrix import current
from evaluations.leaderboards.matrix.answers import MODEL, Selection
from evaluations.prompts.models import Prompt, PromptSet
from evaluations.rules import CODES
from evaluations.runs.building.forms import RunForm
from evaluations.runs.models import Output, Recipe, Run

pytestmark = pytest.mark.django_db

REPLY = "1: yes"
SIGN = "Write exactly one line"
"""A piece of every judging prompt here."""


@pytest.fixture
def opinion() -> Opinion:
    """One model judge's opinion on the only output, read; a second one waits in the queue."""
    make_criterion("sound")
    make_definition("strict", "sound")
    version = make_protocol(blocks=(make_block("sound"),), is_default=True)
    make_item(version, make_output())
    arbiter = make_judging_model()
    ask(version, arbiter)
    read = Opinion.objects.select_related("asked_as__run__prompt_set", "asked_as__prompt").get()
    write_reply(read, REPLY)
    assert read_opinions().answered == 1
    ask(version, make_judging_model("umpire"))
    read.refresh_from_db()
    return read


@pytest.fixture
def signed_in(client: Client) -> Client:
    client.force_login(staff())
    return client


LISTS = (
    "/",
    "/?all=1",
    "/runs/",
    "/runs.csv",
    "/runs.json",
    "/runs/new/",
    "/prompts/",
    "/prompts.csv",
    "/prompts.json",
    "/models/",
    "/models.csv",
    "/models.json",
    "/models/arbiter/",
    "/leaderboards/",
    "/definitions/",
    "/definitions/strict/",
    "/leaderboards/strict/",
)


@pytest.mark.parametrize("path", LISTS)
def test_no_list_or_board_holds_it(signed_in: Client, opinion: Opinion, path: str) -> None:
    response = signed_in.get(path)
    assert response.status_code == 200, path
    body = response.content.decode()
    asked = opinion.asked_as
    for trace in (
        SIGN,
        asked.prompt.slug,
        asked.prompt.title,
        asked.run.prompt_set.title,
        asked.run.prompt_set.slug,
        "model-judge",
        "As a judge",
        f"/outputs/{asked.pk}/",
        f"/runs/{asked.run_id}/",
    ):
        assert trace not in body, trace


def test_its_own_addresses_are_not_found(signed_in: Client, opinion: Opinion) -> None:
    asked = opinion.asked_as
    for path in (
        f"/outputs/{asked.pk}/",
        f"/outputs/{asked.pk}.txt",
        f"/runs/{asked.run_id}/",
        f"/runs/{asked.run_id}.csv",
        f"/runs/{asked.run_id}.json",
        f"/prompts/{asked.prompt.slug}/",
        f"/judge/{asked.pk}/",
    ):
        assert signed_in.get(path).status_code == 404, path
    for path in (f"/runs/{asked.run_id}/resume/", f"/runs/{asked.run_id}/cancel/"):
        assert signed_in.post(path).status_code == 404, path


def test_counts_leave_it_out(signed_in: Client, opinion: Opinion) -> None:
    models = {row["slug"]: row for row in signed_in.get("/models.json").json()["models"]}
    assert (models["arbiter"]["runs"], models["arbiter"]["outputs"]) == (0, 0)
    assert (models["babbler"]["runs"], models["babbler"]["outputs"]) == (1, 1)
    runs = signed_in.get("/runs.json").json()["runs"]
    assert [row["model"] for row in runs] == ["babbler"]
    home = signed_in.get("/").context
    assert (home["written"], home["waiting"]) == (1, 0)
    assert Output.objects.filter(state="pending").count() == 1


def test_the_queries_behind_the_lists_leave_it_out(opinion: Opinion) -> None:
    asked = opinion.asked_as
    assert asked not in Output.objects.finished()
    assert asked not in Output.objects.listed()
    assert set(Output.objects.finished()) == {opinion.output}
    assert asked.run not in Run.objects.for_list()
    assert asked.run not in Run.objects.listed()
    assert asked.prompt not in Prompt.objects.for_list()
    assert asked.run.prompt_set not in PromptSet.objects.for_list()
    assert asked.run.recipe not in Recipe.objects.listed()
    form = RunForm(AnonymousUser())
    assert asked.run.prompt_set not in form.fields["prompt_set"].queryset
    assert asked.run.recipe not in form.fields["recipe"].queryset


def test_a_new_run_cannot_be_launched_on_it(signed_in: Client, opinion: Opinion) -> None:
    asked = opinion.asked_as
    body = signed_in.get(
        f"/runs/new/?prompt_set={asked.run.prompt_set.slug}&recipe=model-judge"
    ).content.decode()
    assert asked.run.prompt_set.title not in body
    before = Run.objects.count()
    sent = {
        **RunForm.opening({}),
        "model": asked.run.model_id,
        "recipe": asked.run.recipe_id,
        "prompt_set": asked.run.prompt_set_id,
        "seed": 0,
    }
    assert signed_in.post("/runs/new/", sent).status_code == 422
    assert Run.objects.count() == before


def test_the_matrix_holds_the_output_and_not_the_reply(opinion: Opinion) -> None:
    filled = current.fill()
    assert filled.output.tolist() == [opinion.output_id]
    assert filled.prompts.tolist() == [opinion.output.prompt_id]


def test_a_models_answer_is_kept_apart_from_peoples_in_the_matrix(opinion: Opinion) -> None:
    filled = current.fill()
    answers = filled.on_outputs["sound", 1]
    assert answers.kind.tolist() == [MODEL]
    assert not filled.column(("sound", 1), Selection()).asked.any()
    assert filled.column(("sound", 1), Selection(judges="models")).asked.all()
    give(make_judge(), opinion.output, {"sound": "no"})
    column = current.fill().column(("sound", 1), Selection())
    assert column.codes.tolist() == [CODES["no"]]


def test_nobody_is_served_it_to_judge(opinion: Opinion, rf) -> None:
    questions = questions_from(rf.get("/judge/").GET)
    judge = make_judge()
    assert next_output(judge, questions) == opinion.output
    give(judge, opinion.output, {"sound": "yes"})
    assert next_output(judge, questions) is None


def test_a_judging_page_carries_nothing_of_a_model_judge(
    client: Client, opinion: Opinion, django_user_model: type[User]
) -> None:
    client.force_login(django_user_model.objects.create_user("ada"))
    for path in (f"/judge/{opinion.output_id}/", f"/outputs/{opinion.output_id}/"):
        body = client.get(path).content.decode()
        assert opinion.output.answer in body
        for trace in ("Model judge", "Arbiter", "arbiter", REPLY, "suggested"):
            assert trace not in body, (path, trace)


def test_after_judging_its_answer_stands_under_a_label_of_its_own(
    client: Client, opinion: Opinion, django_user_model: type[User]
) -> None:
    user = django_user_model.objects.create_user("ada")
    give(make_judge(user=user), opinion.output, {"sound": "no"})
    client.force_login(user)
    body = client.get(f"/outputs/{opinion.output_id}/").content.decode()
    assert "Model judge 1" in body
