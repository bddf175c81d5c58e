"""Model judges beside people, and the pages of those who run the protocol."""

from datetime import timedelta

import pytest
from django.test import Client

from evaluations.accounts.models import User
from evaluations.judgments.answers.actions import Served
from evaluations.judgments.models import Opinion, ProtocolVersion, Reveal
from evaluations.judgments.opinions.agreement import compared_with_people
from evaluations.judgments.opinions.forms import AskForm
from evaluations.judgments.opinions.prompts import PROMPT_VERSION
from evaluations.judgments.opinions.reading_actions import read_opinions
from evaluations.judgments.opinions.tests.opinion_cast import (
    ask,
    make_judging_model,
    one_opinion,
    staff,
    write_reply,
)
from evaluations.judgments.tests.cast import (
    give,
    make_judge,
    make_user,
)
from evaluations.runs.models import LanguageModel, Output, Recipe, Run

pytestmark = pytest.mark.django_db


def answered(version: ProtocolVersion, model: LanguageModel, *replies: str) -> list[Opinion]:
    """Opinions about the items in order, each with its reply read."""
    ask(version, model)
    opinions = list(Opinion.objects.select_related("asked_as__run", "output").order_by("output"))
    for opinion, reply in zip(opinions, replies, strict=True):
        write_reply(opinion, reply)
    read_opinions()
    return opinions


def test_agreement_counts_pairs_with_people_who_judged_blind(
    version: ProtocolVersion, model: LanguageModel
) -> None:
    first, second = answered(version, model, "1: yes\n2: no", "1: no\n2: no")
    for _ in range(2):
        give(make_judge(), first.output, {"sound": "yes"})
    give(make_judge(), second.output, {"sound": "yes"})
    give(make_judge("guest"), first.output, {"sound": "no"})
    unblinded = make_judge()
    Reveal.objects.create(judge=unblinded, output=first.output)
    give(unblinded, first.output, {"sound": "no"})
    sound, short = compared_with_people(version, first.judge)
    assert (sound.items, sound.pairs) == (2, 3)
    assert sound.table[0][0] == 2
    assert sound.table[2][0] == 1
    assert sound.agreement is not None
    assert sound.agreement.estimate == pytest.approx(0.5)
    assert sound.kappa == pytest.approx(0)
    assert (short.items, short.pairs, short.agreement, short.kappa) == (0, 0, None, None)


def test_agreement_leaves_out_who_saw_the_suggestion(
    version: ProtocolVersion, model: LanguageModel
) -> None:
    first, _ = answered(version, model, "1: yes\n2: no", "1: no\n2: no")
    give(make_judge(), first.output, {"sound": "yes"}, served=Served(suggestion_shown=True))
    give(make_judge(), first.output, {"sound": "no"}, served=Served(suggestion_shown=False))
    sound, _ = compared_with_people(version, first.judge)
    assert sound.pairs == 1
    assert sound.table[0][2] == 1


def test_agreement_leaves_out_an_output_that_repeats_another(
    version: ProtocolVersion, model: LanguageModel
) -> None:
    first, second = answered(version, model, "1: yes\n2: no", "1: no\n2: no")
    for opinion in (first, second):
        give(make_judge(), opinion.output, {"sound": "yes"})
    assert compared_with_people(version, first.judge)[0].pairs == 2
    twice, run = second.output, second.output.run
    assert twice.finished_at is not None
    before = Run.objects.create(model=run.model, recipe=run.recipe, prompt_set=run.prompt_set)
    Output.objects.create(
        run=before,
        prompt=twice.prompt,
        seed=twice.seed,
        sample=twice.sample,
        state="done",
        trace_visibility="full",
        finished_at=twice.finished_at - timedelta(days=1),
    )
    assert compared_with_people(version, first.judge)[0].pairs == 1


@pytest.fixture
def owner_page(client: Client) -> Client:
    client.force_login(staff())
    return client


def test_only_the_owner_staff_and_researchers_see_the_pages(
    client: Client, version: ProtocolVersion, model: LanguageModel
) -> None:
    opinion = one_opinion(version, model)
    urls = [
        "/protocols/small/opinions/",
        "/protocols/small/opinions.csv",
        "/protocols/small/opinions.json",
        f"/protocols/small/opinions/{opinion.pk}/",
    ]
    owner, stranger = make_user("owner"), make_user("stranger")
    researcher = make_user("researcher", role="researcher")
    version.protocol.owner = owner
    version.protocol.save()
    for user, status in ((None, 403), (stranger, 403), (owner, 200), (researcher, 200)):
        client.logout()
        if user:
            client.force_login(user)
        assert [client.get(url).status_code for url in urls] == [status] * 4
    client.force_login(owner)
    assert client.post("/protocols/small/opinions/ask/", {"model": model.pk, "limit": 1}
                       ).status_code == 403  # fmt: skip
    assert client.get("/protocols/none/opinions/").status_code == 404


def test_models_are_asked_and_stopped_by_the_owner_and_staff(
    client: Client, version: ProtocolVersion, model: LanguageModel
) -> None:
    page = "/protocols/small/opinions/"
    owner = make_user("owner", role="researcher")
    version.protocol.owner = owner
    version.protocol.save()
    for user, may in (
        (make_user("other", role="researcher"), False),
        (owner, True),
        (staff(), True),
    ):
        client.force_login(user)
        assert ('id="ask-button"' in client.get(page).content.decode()) is may
        sent = client.post(f"{page}ask/", {"model": model.pk, "limit": 1})
        assert sent.status_code == (302 if may else 403)
        assert ('id="stop"' in client.get(page).content.decode()) is may
        if not may:
            for reply in (sent, client.post(f"{page}stop/")):
                assert reply.status_code == 403
                assert "Models are asked under a protocol by its owner" in reply.content.decode()
    client.force_login(owner)
    client.post(f"{page}stop/")
    asked_by_staff = Opinion.objects.filter(asked_as__state="pending")
    assert asked_by_staff.get().asked_as.run.launched_by == staff()
    assert 'id="stop"' not in client.get(page).content.decode()


def test_only_models_that_can_run_here_are_offered_and_a_refusal_is_no_fault(
    owner_page: Client, version: ProtocolVersion, model: LanguageModel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    page = "/protocols/small/opinions/"
    LanguageModel.objects.filter(slug="babbler").update(backend="")
    offered = owner_page.get(page).context["ask_form"].fields["model"].queryset
    assert [row.slug for row in offered] == [model.slug]
    imported = LanguageModel.objects.get(slug="babbler")
    refused = owner_page.post(f"{page}ask/", {"model": imported.pk, "limit": 1})
    assert refused.status_code == 422
    # As when it is chosen just before its outputs are all that is left.
    every = LanguageModel.objects.with_trial()
    monkeypatch.setattr(AskForm.base_fields["model"], "queryset", every)
    refused = owner_page.post(f"{page}ask/", {"model": imported.pk, "limit": 1})
    assert refused.status_code == 422
    assert "nothing here can run it" in refused.content.decode()


def test_a_model_is_asked_through_the_page_and_its_replies_are_followed(
    owner_page: Client, version: ProtocolVersion, model: LanguageModel
) -> None:
    page = "/protocols/small/opinions/"
    assert "No model was asked yet." in owner_page.get(page).content.decode()
    sent = owner_page.post(f"{page}ask/", {"model": model.pk, "limit": 10})
    assert sent.status_code == 302
    body = owner_page.get(page).content.decode()
    assert "2 are queued." in body
    assert "Stop asking" in body
    first, second = Opinion.objects.select_related("asked_as__run").order_by("pk")
    write_reply(first, "1: yes\n2: no")
    write_reply(second, "Well, <b>perhaps</b>.")
    read_opinions()
    body = owner_page.get(page).content.decode()
    assert "Stop asking" not in body
    assert f"/protocols/small/opinions/{second.pk}/" in body
    raw = owner_page.get(f"/protocols/small/opinions/{second.pk}/").content.decode()
    assert "Well, &lt;b&gt;perhaps&lt;/b&gt;." in raw
    assert "Line 1 is not" in raw
    assert "Write exactly 2 lines" in raw
    again = owner_page.post(f"{page}ask/", {"model": model.pk, "limit": 10})
    assert again.status_code == 422
    assert "was asked everything" in again.content.decode()
    bad = owner_page.post(f"{page}ask/", {"model": model.pk, "limit": 0})
    assert bad.status_code == 422


def test_reading_a_reply_ends_ones_blindness_on_that_output(
    owner_page: Client, version: ProtocolVersion, model: LanguageModel
) -> None:
    opinion = one_opinion(version, model)
    owner_page.get(f"/protocols/small/opinions/{opinion.pk}/")
    assert not Reveal.objects.exists()
    write_reply(opinion, "1: yes\n2: no")
    owner_page.get(f"/protocols/small/opinions/{opinion.pk}/")
    assert Reveal.objects.get().output == opinion.output


def test_the_progress_polls_while_something_waits(
    owner_page: Client, version: ProtocolVersion, model: LanguageModel
) -> None:
    opinion = one_opinion(version, model)
    page = "/protocols/small/opinions/"
    headers = {"HX-Request": "true"}
    part = owner_page.get(page, headers=headers)
    assert 'hx-trigger="every 5s"' in part.content.decode()
    assert "<html" not in part.content.decode()
    tagged = {**headers, "HX-PTag": part["HX-PTag"]}
    assert owner_page.get(page, headers=tagged).status_code == 304
    write_reply(opinion, "1: yes\n2: no")
    read_opinions()
    part = owner_page.get(page, headers=tagged)
    assert part.status_code == 200
    assert "every 5s" not in part.content.decode()


def test_the_same_numbers_come_as_csv_and_json(
    owner_page: Client, version: ProtocolVersion, model: LanguageModel
) -> None:
    first, _ = answered(version, model, "1: yes\n2: no", "1: no\n2: no")
    give(make_judge(), first.output, {"sound": "yes", "short": "yes"})
    lines = owner_page.get("/protocols/small/opinions.csv").content.decode().splitlines()
    assert len(lines) == 3
    assert lines[1].startswith("small,1,arbiter,sound,1,1,1.0,")
    data = owner_page.get("/protocols/small/opinions.json").json()
    assert data["askings"] == [
        {
            "model": "arbiter",
            "prompt_version": PROMPT_VERSION,
            "asked": 2,
            "about_own_outputs": 0,
            "waiting": 0,
            "answered": 2,
            "unparseable": 0,
            "failed": 0,
        }
    ]
    assert [row["criterion"] for row in data["compared_with_people"]] == ["sound", "short"]
    assert data["compared_with_people"][1]["model_no_person_yes"] == 1
    assert data["suggestions"] is None


def test_a_models_outputs_judged_by_itself_are_told_apart(
    owner_page: Client, version: ProtocolVersion
) -> None:
    itself = LanguageModel.objects.get(slug="babbler")
    ask(version, itself)
    data = owner_page.get("/protocols/small/opinions.json").json()
    assert data["askings"][0]["about_own_outputs"] == 2


def test_the_recipe_of_model_judges_is_made_once(
    version: ProtocolVersion, model: LanguageModel
) -> None:
    ask(version, model, limit=1)
    ask(version, make_judging_model("umpire"), limit=1)
    assert Recipe.objects.filter(slug="model-judge").count() == 1
    assert User.objects.filter(username="staff").count() == 1
