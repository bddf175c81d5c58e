"""Reading: what a page shows to a stranger, and to the person of a key, and nothing more."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from evaluations.accounts.models import User
from evaluations.api.tests.calls import Caller
from evaluations.curation.tests.cast import make_shown
from evaluations.debates.actions import state
from evaluations.debates.vote_actions import vote
from evaluations.exchange.releases.release_actions import make_release
from evaluations.judgments.tests.cast import (
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_output,
    make_prompt,
    make_run,
    make_user,
)
from evaluations.leaderboards.tests.freezing import freeze
from evaluations.prompts.models import PromptSet
from evaluations.runs.models import LanguageModel, Output, Run, SeenAnswered

pytestmark = pytest.mark.django_db


def items(path: str, caller: Caller | None = None, **parameters: Any) -> list[dict[str, Any]]:
    answered = (caller or Caller()).get(path, parameters)
    assert answered.status_code == 200, answered.content
    found: list[dict[str, Any]] = answered.json()["items"]
    return found


@pytest.fixture
def ada() -> User:
    make_criterion("one")
    make_definition("taylor", "one")
    return make_user("ada", role="researcher")


@pytest.fixture
def hidden(ada: User) -> Output:
    """An output of a run and a set that are Ada's alone."""
    output = make_output(run=make_run(), prompt=make_prompt("lamp", reference="on", grader="exact"))
    Run.objects.update(launched_by=ada, visibility="private")
    PromptSet.objects.update(owner=ada, visibility="private")
    return output


@pytest.mark.parametrize("path", ["prompt-sets", "prompts", "runs"])
def test_what_is_private_is_in_nobodys_list_but_its_owners(
    ada: User, hidden: Output, path: str
) -> None:
    assert items(path) == []
    assert items(path, Caller.of(make_user("eve"))) == []
    assert len(items(path, Caller.of(ada))) == 1


def test_what_is_private_is_not_there_for_others(ada: User, hidden: Output) -> None:
    paths = (f"outputs/{hidden.pk}", f"outputs/{hidden.pk}/verdicts", f"runs/{hidden.run_id}",
             "prompt-sets/set", "prompts/lamp")  # fmt: skip
    for path in paths:
        for caller in (Caller(), Caller.of(make_user(f"eve-{path.replace('/', '-')}"))):
            answered = caller.get(path)
            assert answered.status_code == 404, path
            assert b"lamp is on" not in answered.content
        assert Caller.of(ada).get(path).status_code == 200, path
    assert items("outputs", run=hidden.run_id, caller=Caller.of(ada))[0]["output"] == hidden.pk
    assert Caller().get("outputs", {"run": hidden.run_id}).status_code == 404
    assert Caller().get("boards/taylor", {"run": hidden.run_id}).status_code == 404
    assert Caller.of(ada).get("boards/taylor", {"run": hidden.run_id}).status_code == 200


def test_a_reference_is_for_who_may_read_it(ada: User, hidden: Output) -> None:
    PromptSet.objects.update(visibility="unlisted")
    told = Caller().get("prompts/lamp").json()
    assert (told["text"], told["reference"], told["grader"]) == (
        "What follows from lamp?", None, None,
    )  # fmt: skip
    assert Caller.of(ada).get("prompts/lamp").json()["reference"] == "on"


def test_a_board_is_that_of_its_file(ada: User) -> None:
    output = make_output()
    give(make_judge(user=ada), output, {"one": "yes"})
    for question in ({}, {"by": "model"}, {"combine": "strict"}, {"judges": "all"}):
        page = Client().get("/leaderboards/taylor.json", question)
        told = Caller().get("boards/taylor", question)
        assert told.status_code == page.status_code
        if told.status_code == 200:
            file, board = page.json(), told.json()
            assert board["question"] == file["question"]
            assert [{name: row[name] for name in file["rows"][0]} for row in board["rows"]] == (
                file["rows"]
            )


def test_withdrawn_outputs_are_gone() -> None:
    output = make_output()
    Run.objects.update(withdrawn_at="2026-01-01T00:00Z")
    answered = Caller().get(f"outputs/{output.pk}")
    assert answered.status_code == 410
    assert b"lamp" not in answered.content


def test_an_output_has_its_text_and_where_its_steps_are() -> None:
    output = make_output()
    told = Caller().get(f"outputs/{output.pk}").json()
    assert [told["trace"][it["start"] : it["end"]].strip() for it in told["steps"]] == [
        "The lamp is on.", "So somebody is home.",
    ]  # fmt: skip
    assert told["answer"] == "Somebody is home."


@pytest.mark.parametrize("way", ["api", "text"])
def test_who_read_an_output_is_not_given_its_prompt_to_answer(
    ada: User, client: Client, way: str
) -> None:
    output = make_output()
    PromptSet.objects.update(for_people=True)
    if way == "api":
        assert Caller.of(ada).get(f"outputs/{output.pk}").status_code == 200
    else:
        client.force_login(ada)
        assert client.get(f"/outputs/{output.pk}.txt").status_code == 200
    assert SeenAnswered.objects.filter(user=ada, prompt=output.prompt).exists()


def test_a_model_that_only_private_imports_name_is_there_for_their_owner(
    ada: User, hidden: Output
) -> None:
    LanguageModel.objects.update(backend="")
    slug = hidden.run.model.slug
    assert items("models") == []
    for caller, status in ((Caller(), 404), (Caller.of(make_user("eve")), 404),
                           (Caller.of(ada), 200)):  # fmt: skip
        assert caller.get(f"models/{slug}").status_code == status


def test_outputs_are_found_as_on_their_page(ada: User) -> None:
    judged, other = make_output(), make_output()
    give(make_judge(user=ada), judged, {"one": "yes"})
    assert [it["output"] for it in items("outputs")] == [judged.pk, other.pk]
    assert [it["output"] for it in items("outputs", judged="no")] == [other.pk]
    found = items("outputs", definition="taylor", verdict="reasoning")
    assert [it["output"] for it in found] == [judged.pk]
    assert Caller().get("outputs", {"verdict": "reasoning"}).status_code == 422
    assert Caller().get("outputs", {"limit": 1}).json()["next"] == judged.pk


def test_a_statements_numbers_come_after_voting(ada: User) -> None:
    version = make_definition("other", "one")
    said = state(author=ada, version=version, kind="question", text="Which lamp does it count?")
    (told,) = items("definitions/other/statements")
    assert told == Caller().get(f"statements/{said.pk}").json()
    assert told["text"] == "Which lamp does it count?"
    assert (told["agree"], told["useful"], told["rated"]) == (None, None, None)
    assert "ada" not in str(told)
    vote(voter=make_user("bob"), statement=said, useful=True)
    told = Caller.of(User.objects.get(username="bob")).get(f"statements/{said.pk}").json()
    assert told["rated"] == 1


def test_words_that_are_folded_stay_so(ada: User) -> None:
    eve = make_user("eve")
    said = state(
        author=eve,
        version=make_definition("other", "one"),
        kind="question",
        text="Is this not quite Rude?",
    )
    ada.hides.add(eve)
    assert "Rude" not in str(Caller.of(ada).get(f"statements/{said.pk}").json())
    assert "Rude" not in str(items("definitions/other/statements", Caller.of(ada)))
    assert "Rude" in str(Caller().get(f"statements/{said.pk}").json())


def test_a_hidden_name_is_in_no_answer(ada: User) -> None:
    made = make_shown(ada)
    User.objects.filter(pk=ada.pk).update(hides_name=True)
    (told,) = items("collections")
    assert "ada" not in str(told).lower()
    assert told["owner"] == f"~{made.pk}"
    assert Caller().get(f"collections/~{made.pk}/{made.slug}/items").status_code == 200
    assert Caller().get(f"collections/ada/{made.slug}").status_code == 404


def test_a_note_waits_until_its_output_was_judged_or_opened(ada: User) -> None:
    made = make_shown(ada)
    notes = [it.note for it in made.placements.all() if it.note]
    assert notes
    body = Caller().get(f"collections/ada/{made.slug}/items").content.decode()
    assert not any(note in body for note in notes)
    assert notes[0] in str(items(f"collections/ada/{made.slug}/items", Caller.of(ada)))


def test_private_collections_are_not_there_for_others(ada: User) -> None:
    made = make_shown(ada)
    type(made).objects.update(visibility="private")
    assert items("collections") == []
    assert Caller().get(f"collections/ada/{made.slug}").status_code == 404
    assert Caller.of(ada).get(f"collections/ada/{made.slug}").status_code == 200


def test_a_frozen_board_is_that_of_its_file(ada: User) -> None:
    give(make_judge(user=ada), make_output(), {"one": "yes"})
    version = make_definition("other", "one")
    row = freeze(version, ada)
    (told,) = items("snapshots", definition="other")
    assert told["hash"] == row.digest
    page = Client().get(f"{row.get_absolute_url().rstrip('/')}.json").json()
    whole = Caller().get(f"snapshots/other/{row.name}").json()
    assert whole["rows"] == page["rows"]
    assert whole["citation"] == page["citation"]


def test_a_release_has_the_addresses_of_its_files(
    ada: User, settings: LazySettings, tmp_path: Path
) -> None:
    settings.RELEASE_DIR = str(tmp_path)
    give(make_judge(user=ada), make_output(), {"one": "yes"})
    row, _ = make_release(site="https://example.org")
    (told,) = items("releases")
    assert (told["name"], told["digest"], told["size"]) == (row.name, row.digest, row.size)
    assert told["figures"] == {"Prompts": 1, "Outputs": 1, "Judgments of outputs": 1}
    whole = Caller().get(f"releases/{row.name}").json()
    assert {name: whole[name] for name in told} == told
    files = {each["name"]: each for each in whole["files"]}
    answers = b"".join(Client().get(files["answers.jsonl"]["url"]))
    assert (answers.count(b"\n"), len(answers)) == (1, files["answers.jsonl"]["bytes"])
    assert b"".join(Client().get(whole["zip"])) == row.file.read_bytes()
    row.file.unlink()
    gone = Caller().get(f"releases/{row.name}").json()
    assert (gone["zip"], {each["url"] for each in gone["files"]}) == (None, {None})
    for name in ("yesterday", "2026-02-30-00000000", "2026-02-20-00000000"):
        assert Caller().get(f"releases/{name}").status_code == 404


def test_the_search_finds_what_its_page_finds(ada: User) -> None:
    make_output()
    (group,) = Caller().get("search", {"q": "lamp"}).json()["groups"]
    assert (group["kind"], group["count"]) == ("outputs", 1)
    assert group["hits"][0]["url"].startswith("http://testserver/outputs/")
    assert Caller().get("search", {"q": ""}).status_code == 422
    for until in ("9999-12-31", "0001-01-01"):
        assert Caller().get("search", {"q": "lamp", "until": until}).status_code == 200


def test_lists_take_as_many_queries_as_they_have_rows_or_not(
    ada: User, django_assert_max_num_queries: Any
) -> None:
    for _ in range(4):
        make_output()
    for number in range(4):
        make_definition(f"more-{number}", "one")
    for path in ("definitions", "outputs", "prompts", "models", "runs", "prompt-sets"):
        assert items(path)  # What a process keeps may have to be read first.
        with django_assert_max_num_queries(14):
            assert items(path)


@pytest.mark.parametrize("path", ["outputs/{output}", "prompts/lamp"])
def test_whoever_reads_an_answer_by_key_is_not_asked_to_write_one(ada: User, path: str) -> None:
    prompt = make_prompt("lamp", reference="on", grader="exact")
    output = make_output(prompt=prompt)
    PromptSet.objects.update(for_people=True)
    assert Caller.of(ada, "read").get(path.format(output=output.pk)).status_code == 200
    assert SeenAnswered.objects.get().prompt == prompt
