"""Several samples of a model judge: each is stored, together they are one judgment."""

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from evaluations.judgments.models import Answer, Judgment, Opinion, ProtocolVersion
from evaluations.judgments.opinions.actions import ask_model, drawn_recipe, model_judge
from evaluations.judgments.opinions.prompt_actions import PromptRefused, write_prompt
from evaluations.judgments.opinions.reading_actions import combined, read_opinions
from evaluations.judgments.opinions.tests.opinion_cast import staff, write_reply
from evaluations.judgments.tests.cast import make_user
from evaluations.runs.actions import RunRefused
from evaluations.runs.endpoints.tests.worlds import a_model, an_endpoint
from evaluations.runs.models import LanguageModel

pytestmark = pytest.mark.django_db

BODY = "Be strict. {answer} {questions} {form}"


def ask_three(version: ProtocolVersion, model: LanguageModel) -> list[Opinion]:
    ask_model(
        version=version, model=model, actor=staff(), limit=1, recipe=drawn_recipe(), samples=3
    )
    return list(Opinion.objects.order_by("sample"))


def test_each_sample_is_stored_and_together_they_are_one_judgment(
    version: ProtocolVersion, model: LanguageModel, client: Client
) -> None:
    first, second, third = ask_three(version, model)
    assert [it.asked_as.sample for it in (first, second, third)] == [0, 1, 2]
    assert first.asked_as.run.recipe.temperature == 1
    write_reply(first, "1: yes\n2: cannot-tell")
    read_opinions()
    assert not Judgment.objects.exists()
    write_reply(third, "1: no\n2: partly")
    write_reply(second, "1: yes\n2: yes")
    read_opinions()
    judgment = Judgment.objects.get()
    values = dict(Answer.objects.values_list("criterion__key", "value"))
    # The median of yes, yes, no; of partly and yes, with one unknown, the lower.
    assert values == {"sound": "yes", "short": "partly"}
    stored = Opinion.objects.order_by("sample")
    assert [it.values for it in stored] == [
        ["yes", "cannot-tell"],
        ["yes", "yes"],
        ["no", "partly"],
    ]
    assert {it.state for it in stored} == {"answered"}
    assert [it.judgment for it in stored].count(judgment) == 1
    client.force_login(staff())
    page = client.get(f"/protocols/small/opinions/{first.pk}/").content.decode()
    assert "All samples: 2 yes, 1 no; together yes." in page
    assert f"/protocols/small/opinions/{third.pk}/" in page


def test_samples_that_cannot_be_read_are_left_out(
    version: ProtocolVersion, model: LanguageModel
) -> None:
    first, second, third = ask_three(version, model)
    write_reply(first, "1: no\n2: no")
    write_reply(second, "I think so.")
    write_reply(third, "Well.")
    read_opinions()
    assert [it.state for it in Opinion.objects.order_by("sample")] == [
        "answered", "unparseable", "unparseable",
    ]  # fmt: skip
    assert set(Answer.objects.values_list("value", flat=True)) == {"no"}
    assert combined([]) == []


def test_several_greedy_samples_are_refused(
    version: ProtocolVersion, model: LanguageModel, client: Client
) -> None:
    with pytest.raises(RunRefused):
        ask_model(version=version, model=model, actor=staff(), limit=1, samples=3)
    client.force_login(staff())
    sent = {"model": model.pk, "samples": 3, "limit": 5}
    page = client.post("/protocols/small/opinions/ask/", sent)
    assert page.status_code == 422
    assert "Several samples have to be drawn" in page.content.decode()
    assert not Opinion.objects.exists()


def test_a_prompt_of_ones_own_makes_another_judge_and_is_frozen(
    version: ProtocolVersion, model: LanguageModel
) -> None:
    actor = staff()
    prompt = write_prompt(actor=actor, body=BODY, title="Strict")
    changed = write_prompt(actor=actor, body=f"{BODY} Now.", revised=prompt)
    assert (changed.pk, changed.number) == (prompt.pk, 1)
    ask_model(version=version, model=model, actor=actor, limit=5, prompt=changed)
    opinion = Opinion.objects.select_related("asked_as__prompt", "judge").first()
    assert opinion is not None
    assert opinion.asked_as.prompt.text.startswith("Be strict. The answer:")
    assert opinion.judge != model_judge(model)
    assert "Strict, version 1" in opinion.judge.called
    # The site's own prompt asks the same model all of it again: as another judge.
    assert ask_model(version=version, model=model, actor=actor, limit=5).asked == 2
    prompt.refresh_from_db()
    assert prompt.used_at is not None
    after = write_prompt(actor=actor, body=BODY, revised=prompt)
    assert (after.pk != prompt.pk, after.number, after.title) == (True, 2, "Strict")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        type(prompt).objects.filter(pk=prompt.pk).update(body="Something else.")
    # What somebody else wrote is not changed by others either.
    other = make_user("other", role="researcher")
    assert write_prompt(actor=other, body=BODY, revised=after).number == 3
    with pytest.raises(PermissionError):
        write_prompt(actor=make_user("eve"), body=BODY, title="Mine")
    with pytest.raises(PromptRefused, match="The title holds"):
        write_prompt(actor=actor, body=BODY, title="Very \u202estrict")
    with pytest.raises(PromptRefused, match="already"):
        write_prompt(actor=actor, body=BODY, title="strict")


def test_the_page_of_a_prompt_shows_what_a_model_reads(
    version: ProtocolVersion, client: Client
) -> None:
    address = "/judges/models/prompts/new/"
    assert client.get(address).status_code == 302
    client.force_login(make_user("eve"))
    assert client.get(address).status_code == 403
    client.force_login(make_user("rea", role="researcher"))
    page = client.get(address).content.decode()
    assert "{questions}" in page
    assert "Is it sound" not in page
    output = version.items.first().output
    sent = {"title": "Mild", "body": "Be mild. {answer} {questions} {form}", "output": output.pk}
    example = client.post(address, {**sent, "press": "example"}).content.decode()
    assert "Be mild. The answer:" in example
    assert "Question about sound?" in example
    refused = client.post(address, {**sent, "body": "{answer}", "press": "save"})
    assert refused.status_code == 422
    assert "It lacks {questions}" in refused.content.decode()
    saved = client.post(address, {**sent, "press": "save"})
    assert saved["Location"] == "/judges/models/prompts/mild/1/"
    shown = client.get(saved["Location"]).content.decode()
    assert "not asked yet" in shown
    assert "Mild, version 1" in client.get("/judges/models/prompts/").content.decode()


def test_a_model_at_an_endpoint_judges_by_its_own_temperature(
    version: ProtocolVersion, client: Client
) -> None:
    endpoint = an_endpoint(capabilities={"choosy": {"temperature": False}})
    choosy = a_model(endpoint, "choosy")
    client.force_login(staff())
    sent = {"model": choosy.pk, "limit": 5}
    refused = client.post("/protocols/small/opinions/ask/", sent)
    assert refused.status_code == 422
    assert "takes no temperature" in refused.content.decode()
    assert not Opinion.objects.exists()
    asked = client.post("/protocols/small/opinions/ask/", {**sent, "drawn": "on", "samples": 2})
    assert asked.status_code == 302
    opinions = Opinion.objects.select_related("asked_as__run__model", "asked_as__run__recipe")
    assert len(opinions) == 4
    assert {it.asked_as.run.model for it in opinions} == {choosy}
    assert {it.asked_as.run.recipe.max_new_tokens for it in opinions} == {4096}
