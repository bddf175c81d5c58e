"""Each rule of who reads prompt sets, runs and protocols, one by one."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.accounts.visibility_actions import (
    VisibilityRefused,
    invite_readers,
    set_visibility,
)
from evaluations.judgments.answers.actions import JudgmentRefused
from evaluations.judgments.items.filling import fill_items
from evaluations.judgments.items.questions import next_output, questions_from
from evaluations.judgments.items.queue import next_item
from evaluations.judgments.judges.visitors import has_judged_blind
from evaluations.judgments.me.history import CLOSED, entries
from evaluations.judgments.models import Judgment, Member, Opinion, Protocol
from evaluations.judgments.opinions.actions import ask_model
from evaluations.judgments.opinions.asked import opinions_under
from evaluations.judgments.opinions.tests.opinion_cast import (
    ask,
    make_judging_model,
    write_reply,
)
from evaluations.judgments.protocols.actions import ProtocolRefused, join_protocol
from evaluations.judgments.tasks import publish
from evaluations.judgments.tests import cast
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.prompts.models import Prompt, PromptSet
from evaluations.runs.actions import RunRefused, launch_run
from evaluations.runs.models import Output, Run

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    return cast.make_user("own", role="researcher")


@pytest.fixture
def run(owner: User) -> Run:
    """A run of the owner's own set, all of it public, with a written output."""
    cast.make_criterion("one")
    made = cast.make_run()
    Run.objects.filter(pk=made.pk).update(launched_by=owner)
    PromptSet.objects.filter(pk=made.prompt_set_id).update(owner=owner)
    made.refresh_from_db()
    prompt = cast.make_prompt("asked", reference="FORTYTWO", grader="exact")
    cast.make_output(run=made, prompt=prompt, grade=1.0)
    return made


def level(thing: Any, visibility: str, **fields: Any) -> None:
    type(thing).objects.filter(pk=thing.pk).update(visibility=visibility, **fields)
    thing.refresh_from_db()


def test_a_run_is_never_wider_read_than_its_set(run: Run, owner: User) -> None:
    set_visibility(thing=run.prompt_set, actor=owner, visibility="unlisted")
    run.refresh_from_db()
    assert run.visibility == "unlisted"
    set_visibility(thing=run.prompt_set, actor=owner, visibility="private")
    run.refresh_from_db()
    assert run.visibility == "private"
    with pytest.raises(VisibilityRefused, match="Its prompt set is private"):
        set_visibility(thing=run, actor=owner, visibility="unlisted")
    with pytest.raises(IntegrityError, match="never wider"), transaction.atomic():
        Run.objects.filter(pk=run.pk).update(visibility="public")
    set_visibility(thing=run.prompt_set, actor=owner, visibility="public")
    run.refresh_from_db()
    assert run.visibility == "private"


def test_a_new_run_begins_where_its_set_is(run: Run, owner: User) -> None:
    level(run.prompt_set, "private")
    asked = {"model": run.model, "recipe": run.recipe, "prompt_set": run.prompt_set}
    type(run.model).objects.update(backend="anything")
    assert launch_run(**asked, launched_by=owner).visibility == "private"
    with pytest.raises(RunRefused, match="never wider"):
        launch_run(**asked, launched_by=owner, visibility="public")
    other = cast.make_user("res", role="researcher")
    with pytest.raises(PermissionError):
        launch_run(**asked, launched_by=other)


def test_only_owner_and_staff_say_who_reads(run: Run) -> None:
    with pytest.raises(PermissionError):
        set_visibility(thing=run, actor=cast.make_user("x"), visibility="private")
    staff = cast.make_user("staff", is_staff=True)
    set_visibility(thing=run, actor=staff, visibility="private")
    assert Run.objects.public().count() == 0
    assert Run.objects.readable_by(staff).count() == 1
    assert Run.objects.listed_for(staff).count() == 0


def test_the_default_protocol_stays_public(owner: User) -> None:
    protocol = make_protocol("default", is_default=True, owner=owner).protocol
    with pytest.raises(VisibilityRefused, match="stays public"):
        set_visibility(thing=protocol, actor=owner, visibility="unlisted")


def test_what_is_due_is_published_sets_before_their_runs(run: Run, owner: User) -> None:
    today = timezone.now().date()
    later = today + dt.timedelta(days=3)
    protocol = make_protocol("mine", owner=owner).protocol
    for thing in (run.prompt_set, protocol):
        set_visibility(thing=thing, actor=owner, visibility="private", publish_on=later)
    run.refresh_from_db()
    with pytest.raises(VisibilityRefused, match="not published before that"):
        set_visibility(
            thing=run, actor=owner, visibility="private", publish_on=today + dt.timedelta(days=1)
        )
    set_visibility(thing=run, actor=owner, visibility="private", publish_on=later)
    publish()
    assert not Run.objects.public().exists()
    for kind in (PromptSet, Run, Protocol):
        kind.objects.filter(publish_on=later).update(publish_on=today)
    PromptSet.objects.update(publish_on=later)
    publish()
    assert not Run.objects.public().exists(), "it waits for its set"
    assert Protocol.objects.public().exists()
    PromptSet.objects.update(publish_on=today)
    publish()
    run.refresh_from_db()
    assert (run.visibility, run.publish_on) == ("public", None)


def test_a_day_that_has_come_is_refused(run: Run, owner: User) -> None:
    today = timezone.now().date()
    with pytest.raises(VisibilityRefused, match="come already"):
        set_visibility(thing=run, actor=owner, visibility="private", publish_on=today)
    with pytest.raises(VisibilityRefused, match="leave the day empty"):
        set_visibility(thing=run, actor=owner, visibility="public", publish_on=dt.date(2099, 1, 1))


def test_the_page_keeps_what_was_typed_and_names_who_is_unknown(
    client: Client, run: Run, owner: User
) -> None:
    reader = cast.make_user("reader")
    client.force_login(owner)
    sent = {"visibility": "private", "publish_on": "2099-03-03", "invite": "reader, nobody"}
    answer = client.post(f"/runs/{run.pk}/visibility/", sent)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Nobody here has the user name “nobody”" in text
    assert 'value="reader, nobody"' in text
    assert 'value="2099-03-03"' in text
    run.refresh_from_db()
    assert run.is_public, "all or nothing"
    sent["invite"] = "reader"
    assert client.post(f"/runs/{run.pk}/visibility/", sent).status_code == 303
    page = client.get(f"/runs/{run.pk}/").content.decode()
    assert "Private until 3 March 2099" in page
    run.refresh_from_db()
    assert run.may_be_read_by(reader)
    sent |= {"invite": "", "dismiss": [reader.pk]}
    client.post(f"/runs/{run.pk}/visibility/", sent)
    assert not run.may_be_read_by(reader)


@pytest.mark.parametrize("address", ["prompts/sets/set", "runs/{run}", "protocols/mine"])
def test_owners_find_what_is_theirs_marked(
    client: Client, run: Run, owner: User, address: str
) -> None:
    protocol = make_protocol("mine", owner=owner).protocol
    for thing in (run.prompt_set, run, protocol):
        level(thing, "private")
    path = f"/{address.format(run=run.pk)}/"
    assert client.get(path).status_code == 404
    client.force_login(owner)
    page = client.get(path).content.decode()
    assert '<span class="badge">private</span>' in page
    assert f'href="{path}visibility/"' in page
    assert client.get(f"{path}visibility/").status_code == 200
    listed = client.get(f"/{path.split('/')[1]}/").content.decode()
    assert '<span class="badge">private</span>' in listed


def test_an_unpublished_sets_references_are_its_owners(
    client: Client, run: Run, owner: User
) -> None:
    output = Output.objects.get()
    places = ("/prompts/asked/", f"/outputs/{output.pk}/")
    for path in places:
        assert "FORTYTWO" in client.get(path).content.decode(), path
    level(run.prompt_set, "unlisted")
    reader = cast.make_user("reader")
    run.prompt_set.readers.add(reader)
    run.readers.add(reader)
    for person in (None, reader):
        if person is not None:
            client.force_login(person)
        for path in places:
            answer = client.get(path)
            assert answer.status_code == 200
            assert "FORTYTWO" not in answer.content.decode(), (person, path)
    client.force_login(owner)
    for path in places:
        assert "FORTYTWO" in client.get(path).content.decode(), path
    prompt = Prompt.objects.get()
    assert prompt.reference_for(cast.make_user("staff", is_staff=True)) == "FORTYTWO"


@pytest.mark.parametrize("visibility", ["unlisted", "private"])
def test_plain_judging_and_the_default_protocol_serve_what_is_public(
    run: Run, visibility: str
) -> None:
    block = cast.make_block("one")
    version = make_protocol("default", is_default=True, blocks=(block,))
    judge = cast.make_judge(user=run.launched_by)
    fill_items(version)
    level(run, visibility)
    assert next_item(version, judge) is None, "also where it was an item before"
    questions = questions_from(QueryDict("criteria=one"))
    assert next_output(judge, questions) is None
    level(run, "public")
    assert next_item(version, judge) is not None
    assert next_output(judge, questions) == Output.objects.get()


@pytest.mark.parametrize(
    ("protocol", "of_run", "made"),
    [
        ("public", "unlisted", 0), ("public", "private", 0), ("unlisted", "unlisted", 1),
        ("unlisted", "private", 0), ("private", "unlisted", 1), ("private", "private", 1),
    ],
)  # fmt: skip
def test_a_protocol_selects_of_its_owners_what_is_not_wider(
    run: Run, owner: User, protocol: str, of_run: str, made: int
) -> None:
    block = cast.make_block("one")
    for name, who in (("mine", owner), ("theirs", cast.make_user("res", role="researcher"))):
        version = make_protocol(name, blocks=(block,), owner=who)
        level(version.protocol, protocol)
        level(run, of_run)
        assert fill_items(version) == (made if who == owner else 0)


def test_a_private_protocol_is_joined_and_served_by_those_who_may_read(
    run: Run, owner: User
) -> None:
    version = make_protocol("mine", blocks=(cast.make_block("one"),), owner=owner)
    level(version.protocol, "private")
    level(run, "private")
    fill_items(version)
    reader = cast.make_user("reader")
    judge, link = cast.make_judge(user=reader), version.protocol.invitation
    with pytest.raises(ProtocolRefused, match=f"“reader” to run {run.pk} first"):
        join_protocol(invitation=link, judge=judge)
    with pytest.raises(ProtocolRefused, match="sign in"):
        join_protocol(invitation=link, judge=cast.make_judge("guest"))
    Member.objects.create(protocol=version.protocol, judge=judge)
    assert next_item(version, judge) is None
    invite_readers(thing=run, actor=owner, names=["reader"])
    join_protocol(invitation=link, judge=judge)
    lease = next_item(version, judge)
    assert lease is not None
    cast.give(judge, lease.item.output, {"one": "yes"})
    run.readers.remove(reader)
    with pytest.raises(JudgmentRefused):
        cast.give(judge, lease.item.output, {"one": "no"}, form_token=uuid.uuid4())


def test_what_is_not_public_earns_no_standing_and_leaves_no_title(run: Run, owner: User) -> None:
    person = cast.make_user("reader")
    judge = cast.make_judge(user=person)
    token = uuid.uuid4()
    cast.give(judge, Output.objects.get(), {"one": "yes"}, form_token=token)
    assert has_judged_blind(person, 1)
    assert entries(judge, [token])[0].title == "Title of asked"
    level(run, "private")
    assert not has_judged_blind(person, 1)
    entry = entries(judge, [token])[0]
    assert (entry.title, entry.href, entry.change) == (CLOSED, "", "")


def test_what_a_model_says_under_a_private_protocol_counts_there_alone(
    run: Run, owner: User
) -> None:
    model = make_judging_model()
    block, output = cast.make_block("one"), Output.objects.get()
    mine = make_protocol("mine", blocks=(block,), owner=owner)
    theirs = make_protocol("theirs", blocks=(block,))
    for version in (mine, theirs):
        make_item(version, output)
    level(mine.protocol, "private")
    asked = ask_model(version=mine, model=model, actor=owner, limit=5)
    assert asked.run is not None
    assert asked.run.visibility == "private"
    opinion = Opinion.objects.select_related("asked_as__run", "asked_as__prompt").get()
    write_reply(opinion, '{"1": "yes"}')
    opinion.refresh_from_db()
    said = cast.give(opinion.judge, output, {"one": "yes"})
    Opinion.objects.update(judgment=said[0], state="answered")
    assert not Judgment.objects.for_everybody().exists()
    assert opinions_under(mine).count() == 1
    assert opinions_under(theirs).count() == 0
    assert ask(theirs, model).asked == 1, "others ask it again"


def test_the_check_of_the_matrix_knows_what_is_not_in_it(run: Run) -> None:
    cast.give(cast.make_judge(), Output.objects.get(), {"one": "yes"})
    level(run, "private")
    call_command("check_matrix")
