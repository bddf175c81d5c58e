"""Rounds: beginning, joining, judging within one, ending it, and what its page shows to whom."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from evaluations.accounts.models import User
from evaluations.curation.models import Collection, Round
from evaluations.curation.placement_actions import take_out
from evaluations.curation.rounds import actions
from evaluations.curation.rounds.actions import LASTS, RoundRefused, begin_round, join_round
from evaluations.curation.rounds.results import Results
from evaluations.curation.rounds.tests.cast import end, join, judge_all, signed
from evaluations.curation.tests.cast import add
from evaluations.curation.views import output_keys
from evaluations.judgments.answers.reach import reach
from evaluations.judgments.judges.visitors import Visitor
from evaluations.judgments.me.attach import attach_guest
from evaluations.judgments.models import (
    Answer,
    Block,
    Judge,
    Judgment,
    Member,
    Protocol,
    Reveal,
)
from evaluations.judgments.protocols.reading import listed
from evaluations.judgments.tasks import sweep
from evaluations.judgments.tests.cast import (
    give,
    make_definition,
    make_judge,
    make_model,
    make_output,
    make_run,
    make_user,
)
from evaluations.judgments.tests.form import filled, text_of
from evaluations.leaderboards.boards.standings import Question, rule_on_outputs
from evaluations.leaderboards.matrix.answers import Selection
from evaluations.leaderboards.matrix.current import current_matrix
from evaluations.runs.models import Output, Run

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def test_a_member_turns_a_collection_into_a_round(
    client: Client, owner: User, collection: Collection, block: Block
) -> None:
    run = make_run(model=make_model("hushed"))
    add(collection, output=make_output(run=run))
    Run.objects.filter(pk=run.pk).update(visibility="private")
    client.force_login(owner)
    url = f"{collection.get_absolute_url()}round/"
    assert f'href="{url}"' in text_of(client.get(collection.get_absolute_url()))
    page = text_of(client.get(url))
    assert "3 of its outputs can be judged; 1 cannot" in page
    refused = client.post(url, {"outputs": "9", "block": block.pk})
    assert refused.status_code == 422
    assert 'value="9"' in text_of(refused)
    begun = client.post(url, {"outputs": "3", "block": block.pk})
    found = Round.objects.get()
    assert begun["Location"] == found.get_absolute_url() == f"/rounds/{found.code}/"
    assert len(found.code) == 6
    version = found.protocol.versions.get()
    assert set(version.items.values_list("output", flat=True)) == set(output_keys(collection)[:3])
    assert (found.protocol.visibility, found.protocol.access) == ("unlisted", "invited")
    left = found.protocol.ends_at
    assert left is not None
    assert abs(left - timezone.now() - LASTS) < timedelta(minutes=1)
    assert list(found.protocol.members.values_list("user", flat=True)) == [owner.pk]
    # It is the collection's page that changes now, and not the round.
    take_out(item=collection.placements.earliest("pk"), actor=owner)
    assert version.items.count() == 3


def test_what_a_rule_finds_becomes_a_round_without_a_fork(
    client: Client, owner: User, block: Block
) -> None:
    outputs = [
        make_output(trace_visibility="hidden", trace="", grade=1.0, answer=str(n)) for n in range(3)
    ]
    rule = "/collections/site/nothing-visible/"
    assert "Judge it with a group" not in text_of(client.get(rule))
    assert "/accounts/login/" in client.get(f"{rule}round/")["Location"]
    client.force_login(owner)
    assert f'href="{rule}round/"' in text_of(client.get(rule))
    assert "3 of its outputs can be judged" in text_of(client.get(f"{rule}round/"))
    begun = client.post(f"{rule}round/", {"outputs": "3", "block": block.pk})
    found = Round.objects.get()
    assert begun["Location"] == found.get_absolute_url()
    assert found.collection is None
    assert not Collection.objects.exists()
    assert "Right answer, nothing visible" in text_of(client.get(found.get_absolute_url()))
    # The rule finds other outputs from now on, and the round keeps its own.
    make_output(trace_visibility="hidden", trace="", grade=1.0, answer="more")
    items = found.protocol.versions.get().items
    assert set(items.values_list("output", flat=True)) == {output.pk for output in outputs}
    assert client.get("/collections/site/nothing/round/").status_code == 404


def test_a_code_is_typed_as_it_comes(client: Client, lesson: Round) -> None:
    code = lesson.code.lower()
    found = client.post("/rounds/", {"code": f" {code[:3]}-{code[3:]} "})
    assert found["Location"] == lesson.get_absolute_url()
    assert client.get(f"/rounds/{code}/").status_code == 200
    wrong = client.post("/rounds/", {"code": "QQQQQQ"})
    assert wrong.status_code == 422
    assert "No round has the code" in text_of(wrong)
    for nobodys in ("/rounds/QQQQQQ/", "/rounds/%00/", "/rounds/%00.csv"):
        assert client.get(nobodys).status_code == 404


def test_too_many_wrong_codes_are_refused_and_right_ones_are_not(
    client: Client, lesson: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evaluations.curation.rounds.views.MISSES_AN_HOUR", 2)
    codes = [client.get(f"/rounds/QQQQQ{n}/").status_code for n in range(3)]
    assert codes == [404, 404, 403]
    assert client.get(lesson.get_absolute_url()).status_code == 200


def test_a_round_takes_so_many_people_and_outputs(
    lesson: Round, collection: Collection, owner: User, block: Block,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(actions, "MOST_PEOPLE", 2)
    first, *others = (make_judge() for _ in range(3))
    for judge in (first, others[0], first):
        join_round(round_=lesson, judge=judge)
    with pytest.raises(RoundRefused, match="as many as one takes"):
        join_round(round_=lesson, judge=others[1])
    with pytest.raises(RoundRefused, match="1 to 30 outputs, not 31"):
        begin_round(collection=collection, actor=owner, outputs=list(range(31)), block=block)
    with pytest.raises(RoundRefused, match="None of its outputs"):
        begin_round(collection=collection, actor=owner, outputs=[10**9], block=block)


def test_who_did_not_join_judges_nothing(client: Client, lesson: Round) -> None:
    response = client.get(f"/judge/?protocol={lesson.protocol.slug}")
    assert response.status_code == 403
    assert "by invitation" in text_of(response)


def test_its_people_judge_all_of_it_from_one_address_beyond_every_allowance(
    lesson: Round, settings: Settings
) -> None:
    settings.GUEST_JUDGMENTS_A_DAY = 1
    clients = [join(lesson) for _ in range(7)]
    for client in clients:  # all hold something at once, more than one address may elsewhere
        page = client.get(f"/judge/?protocol={lesson.protocol.slug}", follow=True)
        assert "Held for you until" in text_of(page)
    for client in clients:
        assert judge_all(lesson, client) == 3
    assert set(Judgment.objects.values_list("guest_check", "is_surplus")) == {("counted", False)}
    assert set(lesson.protocol.versions.get().items.values_list("done", flat=True)) == {7}
    # Elsewhere the address has its one, and no more than it is held back for.
    other = make_output()
    url = f"/judge/{other.pk}/"
    stranger = Client()
    stranger.post(url, filled(stranger.get(url), one="yes", two="yes"))
    stranger.post(url, filled(stranger.get(url), one="no", two="yes"))
    checks = Judgment.objects.filter(output=other).order_by("id")
    assert list(checks.values_list("guest_check", flat=True)) == ["counted", "held-back"]


def test_a_site_that_takes_no_guests_takes_none_in_a_round(
    lesson: Round, settings: Settings
) -> None:
    joined = join(lesson)
    assert "No account is needed" in text_of(joined.get("/rounds/"))
    settings.GUEST_JUDGMENTS_A_DAY = 0
    assert "No account is needed" not in text_of(joined.get("/rounds/"))
    url = joined.get(f"/judge/?protocol={lesson.protocol.slug}")["Location"]
    response = joined.post(url, filled(joined.get(url), one="yes", two="yes"))
    assert response.status_code == 429
    assert "people with an account only" in text_of(response)
    path = lesson.get_absolute_url()
    late = Client()
    for page in (late.get(path), late.post(f"{path}join/")):
        assert "people with an account only" in text_of(page)
        assert f'/accounts/login/?next={path}"' in text_of(page)
        assert 'id="join"' not in text_of(page)
    assert late.post(f"{path}join/").status_code == 409
    assert Member.objects.count() == 1
    member = signed(make_user("pupil"))
    assert 'id="join"' in text_of(member.get(path))
    join(lesson, member)
    assert Member.objects.count() == 2


def test_a_closed_site_wants_an_account(client: Client, lesson: Round, settings: Settings) -> None:
    settings.ACCESS = "members"
    assert "/accounts/login/" in client.get(lesson.get_absolute_url())["Location"]
    assert client.post(f"{lesson.get_absolute_url()}join/").status_code == 403
    assert signed(make_user()).get(lesson.get_absolute_url()).status_code == 200


def test_its_answers_count_once_it_ended_and_elsewhere_as_chosen(
    lesson: Round, owner: User
) -> None:
    version = make_definition("both", {"all": ["one", "two"]})
    teacher = join(lesson, signed(owner))
    judge_all(lesson, teacher)
    assert set(Judgment.objects.values_list("way", flat=True)) == {"chosen"}

    def asked(selection: Selection) -> int:
        ruling = rule_on_outputs(version, current_matrix(), Question(selection))
        return int(ruling.asked.sum())

    chosen = Selection(chosen=True)
    assert (asked(Selection()), asked(chosen)) == (0, 0)
    end(lesson, teacher)
    assert (asked(Selection()), asked(chosen)) == (0, 3)
    assert asked(Selection(chosen=True, protocol=lesson.protocol_id)) == 3


def test_nobody_edits_lists_or_oversees_the_protocol_of_a_round(lesson: Round, owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(role="researcher")
    client, path = signed(owner), f"/protocols/{lesson.protocol.slug}/"
    for address in (path, f"{path}v/1/"):
        assert client.get(address)["Location"] == lesson.get_absolute_url()
    assert client.get(f"{path}edit/").status_code in (403, 404)
    assert client.get(f"{path}progress/").status_code in (403, 404)
    assert client.get(f"{path}visibility/").status_code in (403, 404)
    moderator = signed(make_user("mo", role="moderator"))
    assert moderator.get(f"{path}adjudicate/").status_code in (403, 404)
    assert lesson.protocol.title not in text_of(Client().get("/protocols/"))
    invitation = f"/protocols/join/{lesson.protocol.invitation}/"
    assert Client().get(invitation).status_code == 404


def test_while_it_goes_on_its_owner_sees_how_far_it_is_and_nobody_what_was_said(
    lesson: Round, owner: User
) -> None:
    teacher, pupil = join(lesson, signed(owner)), join(lesson)
    judge_all(lesson, pupil)
    page = text_of(teacher.get(lesson.get_absolute_url()))
    assert '<dd id="people">2</dd>' in page
    assert '<dd id="done">1</dd>' in page
    assert "3, 0 of 3" in page
    theirs = text_of(pupil.get(lesson.get_absolute_url()))
    assert "How far it is" not in theirs
    assert "You judged all of it" in theirs
    for client in (teacher, pupil):
        assert "Answers side by side" not in text_of(client.get(lesson.get_absolute_url()))
        assert client.get(f"/rounds/{lesson.code}.csv").status_code == 403
        assert client.post(f"{lesson.get_absolute_url()}show/").status_code == 403
    board = f"/leaderboards/both/?protocol={lesson.protocol.slug}&chosen=1"
    make_definition("both", {"all": ["one", "two"]})
    assert "still going on" in text_of(pupil.get(board))
    assert pupil.post(f"{lesson.get_absolute_url()}open/").status_code == 302


def test_when_it_ends_those_who_took_part_see_what_came_of_it(lesson: Round, owner: User) -> None:
    make_definition("first", "one", name="One alone")
    teacher = join(lesson, signed(owner))
    pupils = [join(lesson) for _ in range(3)]
    for client, said in zip(pupils, ("yes", "yes", "no"), strict=True):
        judge_all(lesson, client, said, holistic=said)
    end(lesson, teacher)
    late = Client()
    assert "has ended" in text_of(late.get(lesson.get_absolute_url()))
    assert "Show what we said" not in text_of(late.get(lesson.get_absolute_url()))
    assert late.post(f"{lesson.get_absolute_url()}join/").status_code == 409
    pupil = pupils[2]
    before = text_of(pupil.get(lesson.get_absolute_url()))
    assert "Show what we said" in before
    assert "Answers side by side" not in before
    assert not Reveal.objects.exists()
    pupil.post(f"{lesson.get_absolute_url()}show/")
    assert Reveal.objects.count() == 3
    page = text_of(pupil.get(lesson.get_absolute_url()))
    for part in ("How far you agree", "Over facts", "Over words", "The board of this round",
                 "Answers side by side", "Which definition is yours?"):  # fmt: skip
        assert part in page, part
    assert "1 no, 2 yes" in page or "2 yes, 1 no" in page
    assert "One alone" in page
    assert "Two of you nearly always say the same." in page  # of the second question
    assert "Two of you differ more often than not." in page  # of the first, and of the call
    assert owner.username not in page.partition("Answers side by side")[2]
    assert "It takes 10 outputs" in page
    rows = pupil.get(f"/rounds/{lesson.code}.json").json()["rows"]
    assert len(rows) == 3 * 3 * 3  # people, outputs, and two criteria with the call
    assert {row["answer"] for row in rows if row["question"] == "two"} == {"yes"}
    assert pupils[0].get(f"/rounds/{lesson.code}.csv").status_code == 403  # not opened yet
    assert pupil.get(f"/judge/?protocol={lesson.protocol.slug}").status_code in (403, 404)


def test_its_board_says_what_the_boards_say_that_it_leads_to(lesson: Round, owner: User) -> None:
    versions = [make_definition("first", "one"), make_definition("not-second", {"not": "two"})]
    give(make_judge(), Output.objects.earliest("pk"), {"one": "no", "two": "no"})
    teacher = join(lesson, signed(owner))
    for said in ("yes", "no", "no"):
        judge_all(lesson, join(lesson), said)
    end(lesson, teacher)
    board = {row.version: dict(row.counts) for row in Results(lesson, None).board}
    assert set(board) == set(versions)
    for version, counts in board.items():
        asked = f"?protocol={lesson.protocol.slug}&judges=guests&chosen=1"
        rows = teacher.get(f"/leaderboards/{version.definition.slug}.json{asked}").json()["rows"]
        there = {
            word: sum(row[word.replace("-", "_")] for row in rows)
            for word in ("reasoning", "partly", "not-reasoning", "undetermined")
        }
        assert counts == there, version
        assert sum(counts.values()) == 3


def test_no_page_of_an_output_tells_what_is_said_while_a_round_goes_on(
    lesson: Round, owner: User
) -> None:
    teacher = join(lesson, signed(owner))
    judge_all(lesson, join(lesson))
    output = lesson.protocol.versions.get().items.earliest("pk").output
    assert output is not None

    def told() -> int:
        reader = Visitor(owner, Judge.objects.get(user=owner))
        return Answer.objects.on(output).filter(reach(output, reader)).count()

    assert told() == 0
    end(lesson, teacher)
    assert told() == 2


def test_it_ends_by_itself(lesson: Round) -> None:
    client = join(lesson)
    Protocol.objects.filter(pk=lesson.protocol_id).update(
        ends_at=timezone.now() - timedelta(seconds=1)
    )
    assert "Show what we said" in text_of(client.get(lesson.get_absolute_url()))
    assert not Protocol.objects.open().filter(pk=lesson.protocol_id).exists()
    assert [row.state for row in listed(lesson.protocol.owner, None)] == ["closed"]
    output = lesson.protocol.versions.get().items.earliest("pk").output
    assert output is not None
    late = client.post(f"/judge/{output.pk}/?protocol={lesson.protocol.slug}", {})
    assert late.status_code == 403
    assert "has ended" in text_of(late)
    sweep()
    ended = Protocol.objects.get()
    assert ended.closed_at == ended.ends_at
    assert "Show what we said" in text_of(client.get(lesson.get_absolute_url()))


def test_the_order_of_people_is_another_for_each_output(lesson: Round) -> None:
    values = ("yes", "partly", "no", "cannot-tell")
    for said in values:
        judge_all(lesson, join(lesson), said)
    orders = {tuple(row.lines[0].answers) for row in Results(lesson, None).judged}
    assert {frozenset(order) for order in orders} == {frozenset(values)}
    assert len(orders) > 1


def test_the_page_asks_the_database_no_more_for_more_people(lesson: Round, owner: User) -> None:
    make_definition("first", "one")
    teacher = join(lesson, signed(owner))
    judge_all(lesson, join(lesson), "no")
    judge_all(lesson, teacher)
    Protocol.objects.filter(pk=lesson.protocol_id).update(title="Another")
    later = begin_round(
        collection=Collection.objects.get(), actor=owner,
        outputs=output_keys(Collection.objects.get()), block=Block.objects.get(),
    )  # fmt: skip
    join(later, teacher)
    for said in ("yes", "no", "partly", "no"):
        judge_all(later, join(later), said)
    counts = []
    for each in (lesson, later):
        end(each, teacher)
        teacher.post(f"{each.get_absolute_url()}show/")
        teacher.get(each.get_absolute_url())
        with CaptureQueriesContext(connection) as captured:
            teacher.get(each.get_absolute_url())
        counts.append(len(captured))
    assert counts[1] <= counts[0]


def test_a_guest_who_signs_up_keeps_what_they_said_in_a_round(lesson: Round) -> None:
    judge_all(lesson, join(lesson))
    own = attach_guest(guest=Judge.objects.get(), user=make_user("pupil"))
    assert Member.objects.get().judge == own
    assert Answer.objects.current().filter(judge=own).count() == 6
    assert set(lesson.protocol.versions.get().items.values_list("done", flat=True)) == {1}
