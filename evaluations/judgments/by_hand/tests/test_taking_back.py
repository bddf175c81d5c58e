"""Who sees whose text, how it is taken back, moderated, and what stays when its writer leaves."""

import pytest
from django.test import Client

from evaluations.judgments.by_hand.tests.worlds import open_prompt, write, writer
from evaluations.judgments.me.export import nested
from evaluations.judgments.me.leave import WhatStays, leave
from evaluations.judgments.models import Answer, Consent, PassedPrompt, Writing, WrittenByHand
from evaluations.judgments.tests.cast import give, make_criterion, make_judge, make_user
from evaluations.runs.actions import report_output
from evaluations.runs.models import Output, Report, SeenAnswered
from evaluations.runs.moderation import may_not_decide

pytestmark = pytest.mark.django_db

MINE = "/answer/mine/"


@pytest.fixture
def own() -> WrittenByHand:
    open_prompt()
    return write(writer(make_judge(user=make_user("hypatia"))))


def client_of(own: WrittenByHand) -> Client:
    client = Client()
    client.force_login(own.judge.user)
    return client


def test_a_text_is_taken_back_as_a_judgment_is(own: WrittenByHand) -> None:
    make_criterion("one")
    give(make_judge(), own.output, {"one": "yes"})
    said = {"output": own.output_id, "do": "take-back"}
    page = client_of(own).post(MINE, said, follow=True).content.decode()
    assert "Taken back" in page
    assert Client().get(f"/outputs/{own.output_id}/").status_code == 410
    assert not Output.objects.finished().exists()
    assert Answer.objects.exists(), "what was said of it stays stored"
    again = client_of(own).post(MINE, said, follow=True).content.decode()
    assert "That was not done" in again


def test_what_was_agreed_to_is_withdrawn_with_every_text(own: WrittenByHand) -> None:
    open_prompt("more")
    write(own.judge)
    other = write()
    report_output(output=own.output, reason="harmful")
    client = client_of(own)
    assert 'id="withdraw-all"' in client.get(MINE).content.decode()
    page = client.post(MINE, {"do": "withdraw"}, follow=True).content.decode()
    assert "2 texts taken back" in page
    assert list(Output.objects.finished()) == [other.output]
    assert not Report.objects.open().exists()
    assert 'id="agree"' in client.get("/answer/").content.decode(), "asked again"


def test_nobody_takes_back_or_names_what_is_not_theirs(own: WrittenByHand) -> None:
    client = client_of(write())
    for do in ("take-back", "show-name"):
        page = client.post(MINE, {"output": own.output_id, "do": do}, follow=True)
        assert "not yours" in page.content.decode()
    own.refresh_from_db()
    assert not own.shows_name
    assert Output.objects.finished().filter(pk=own.output_id).exists()


def test_no_page_names_the_writer_unless_they_chose_it(own: WrittenByHand) -> None:
    pages = [f"/outputs/{own.output_id}/", f"/prompts/{own.output.prompt.slug}/", "/outputs/",
             "/models/people/", f"/runs/{own.output.run_id}/"]  # fmt: skip
    for page in pages:
        assert "hypatia" not in Client().get(page).content.decode(), page
    client_of(own).post(MINE, {"output": own.output_id, "do": "show-name"})
    assert "hypatia" in Client().get(pages[0]).content.decode()
    client_of(own).post(MINE, {"output": own.output_id, "do": "hide-name"})
    assert "hypatia" not in Client().get(pages[0]).content.decode()


def test_nobodys_texts_are_listed_by_person(own: WrittenByHand) -> None:
    WrittenByHand.objects.update(shows_name=True)
    page = Client().get("/people/hypatia/").content.decode()
    assert f"/outputs/{own.output_id}/" not in page
    assert f"/answer/sent/{own.output_id}/" in client_of(own).get(MINE).content.decode()


def test_the_page_of_a_text_says_that_a_person_wrote_it(own: WrittenByHand) -> None:
    page = Client().get(f"/outputs/{own.output_id}/").content.decode()
    assert 'id="by-hand"' in page
    assert "<dt>Seed</dt>" not in page


def test_the_day_of_a_text_is_told_and_not_the_minute(own: WrittenByHand) -> None:
    moment = own.output.finished_at
    assert moment is not None
    page = Client().get(f"/outputs/{own.output_id}/").content.decode()
    assert f'datetime="{moment:%Y-%m-%d}"' in page
    file = Client().get(f"/runs/{own.output.run_id}.csv").content.decode()
    assert f"{moment:%Y-%m-%d}," in file
    for text in (page, file):
        assert f"{moment:%H:%M}" not in text


def test_no_moderator_decides_about_what_they_wrote(own: WrittenByHand) -> None:
    report_output(output=own.output, reason="harmful")
    user = own.judge.user
    assert user is not None
    user.role = "moderator"
    user.save()
    assert may_not_decide(own.output, user) == (
        "You wrote this output, so somebody else decides about it."
    )
    assert may_not_decide(own.output, make_user("mod", role="moderator")) == ""


@pytest.mark.parametrize("choice", WhatStays.values)
def test_who_leaves_leaves_texts_without_a_name_or_takes_them_along(
    own: WrittenByHand, choice: str
) -> None:
    open_prompt("more")
    judge, user = own.judge, own.judge.user
    assert user is not None
    client = client_of(own)
    client.get("/answer/")
    PassedPrompt.objects.create(judge=judge, prompt=own.output.prompt, had_seen=False)
    SeenAnswered.objects.create(user=user, prompt=own.output.prompt)
    WrittenByHand.objects.update(shows_name=True)
    report_output(output=own.output, reason="harmful")
    leave(user=user, choice=choice)
    stays = choice == WhatStays.ANONYMISE
    assert Output.objects.finished().filter(pk=own.output_id).exists() == stays
    assert Report.objects.open().exists() == stays, "nobody decides about what is gone"
    assert "hypatia" not in Client().get(f"/outputs/{own.output_id}/").content.decode()
    for kind in (Writing, PassedPrompt, Consent, SeenAnswered):
        assert not kind.objects.exists()
    assert WrittenByHand.objects.get().licence == "CC BY 4.0", "of what stays it is known for good"


def test_ones_own_export_has_the_texts_without_their_grades(own: WrittenByHand) -> None:
    (text,) = nested(own.judge)["by_hand"]
    assert (text["output"], text["answer"], text["licence"]) == (own.output_id, "4", "CC BY 4.0")
    assert "grade" not in text
