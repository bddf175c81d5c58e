"""Reports on outputs: who decides them, and what the public log then says."""

import pytest
from django.test import Client

from evaluations.accounts.models import User
from evaluations.activity.models import Decision
from evaluations.judgments.tests.cast import make_output, make_user
from evaluations.runs.actions import report_output
from evaluations.runs.models import Output, Report, Run
from evaluations.runs.moderation import withdraw_output

pytestmark = pytest.mark.django_db
WHY = {"reason": "abuse", "sentence": "It insults people."}


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def mod() -> User:
    return make_user("mod", role="moderator")


@pytest.fixture
def output() -> Output:
    """An output that two readers reported."""
    output = make_output()
    report_output(output=output, reason="harmful", text="It shouts <b>.")
    report_output(output=output, reason="other", reporter=make_user("reader"))
    return output


@pytest.mark.parametrize(
    ("press", "verb", "withdrawn"), [("keep", "keep", False), ("withdraw", "withdraw", True)]
)
def test_a_moderator_decides_and_the_log_says_so(
    client: Client, mod: User, output: Output, press: str, verb: str, withdrawn: bool
) -> None:
    inside = signed_in(mod)
    where = f"/moderation/reports/{output.pk}/"
    assert where in inside.get("/moderation/reports/").content.decode()
    assert "It shouts &lt;b&gt;." in inside.get(where).content.decode()
    assert inside.post(where, WHY | {"press": press}).status_code == 302
    output.refresh_from_db()
    assert (output.withdrawn_at is not None) == withdrawn
    assert not Report.objects.open().exists()
    decision = Decision.objects.get()
    said = (decision.verb, decision.kind, decision.reason, decision.sentence, decision.role)
    assert said == (verb, "output", "abuse", "It insults people.", "moderator")
    assert "It insults people." in client.get("/moderation/").content.decode()
    assert where not in inside.get("/moderation/reports/").content.decode()
    again = inside.post(where, WHY | {"press": press})
    assert again.status_code == 422
    assert "somebody decided meanwhile" in again.content.decode()


def test_what_is_withdrawn_without_the_reports_closes_them(output: Output) -> None:
    withdraw_output(output=output, actor=make_user("boss", is_staff=True), reason="abuse")
    assert not Report.objects.open().exists()


@pytest.mark.parametrize("wrong", [{"sentence": ""}, {"reason": "x"}, {"press": "x"}])
def test_without_a_reason_nothing_is_decided(
    mod: User, output: Output, wrong: dict[str, str]
) -> None:
    form = WHY | {"press": "keep"} | wrong
    sent = signed_in(mod).post(f"/moderation/reports/{output.pk}/", form)
    assert sent.status_code == 422
    assert f'value="{form["sentence"]}"' in sent.content.decode() or not form["sentence"]
    assert Report.objects.open().count() == 2


def test_no_moderator_decides_about_their_own(mod: User, output: Output) -> None:
    where, form = f"/moderation/reports/{output.pk}/", WHY | {"press": "withdraw"}
    for person in (User.objects.get(username="reader"), make_user("starter")):
        User.objects.filter(pk=person.pk).update(role="moderator")
        if person.username == "starter":
            Run.objects.filter(pk=output.run_id).update(launched_by=person)
        inside = signed_in(User.objects.get(pk=person.pk))
        assert "somebody else decides" in inside.get(where).content.decode()
        assert inside.post(where, form).status_code == 403
    assert Report.objects.open().count() == 2
    staff = make_user("boss", is_staff=True)
    Run.objects.filter(pk=output.run_id).update(launched_by=staff)
    assert signed_in(staff).post(where, form).status_code == 302


def test_what_a_moderator_may_not_read_waits_for_who_may(
    client: Client, mod: User, output: Output
) -> None:
    inside, where = signed_in(mod), f"/moderation/reports/{output.pk}/"
    Run.objects.update(visibility="unlisted")
    assert inside.get(where).status_code == 200
    Run.objects.update(visibility="private")
    assert where not in inside.get("/moderation/reports/").content.decode()
    assert inside.get(where).status_code == 404
    assert inside.post(where, {**WHY, "press": "withdraw"}).status_code == 404
    staff = signed_in(make_user("staff", is_staff=True))
    assert where in staff.get("/moderation/reports/").content.decode()
    assert staff.get(where).status_code == 200
