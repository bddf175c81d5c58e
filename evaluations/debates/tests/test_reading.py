"""Reading a debate: what is shown to whom, and what stays closed."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.debates.actions import add_archived
from evaluations.debates.retiring_actions import retire
from evaluations.debates.tests.cast import (
    SAYS,
    call,
    counterexample,
    judged,
    make_statement,
    make_version,
    next_version,
    votes,
)
from evaluations.debates.vote_actions import react, take_stance, vote
from evaluations.debates.weighing.checks import MOVED, STANDS, Check, Checks
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.models import Reveal
from evaluations.judgments.tests.cast import give, make_definition, make_judge, make_user
from evaluations.runs.models import Output

pytestmark = pytest.mark.django_db


@pytest.fixture
def version() -> DefinitionVersion:
    return make_version()


@pytest.fixture
def ada() -> User:
    return make_user("ada")


@pytest.fixture
def signed_in(client: Client, ada: User) -> Client:
    client.force_login(ada)
    return client


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def sent(version: DefinitionVersion, **fields: Any) -> dict[str, Any]:
    return {"version": version.number, "kind": "question", "text": SAYS, **fields}


def test_an_empty_debate_says_what_it_is_and_what_to_do(
    client: Client, version: DefinitionVersion
) -> None:
    page = text_of(client.get("/debates/taylor/"))
    assert "Statement of taylor." in page
    assert "None stands." in page
    assert "they call more, about as much, or less reasoning than this version does" in page
    assert "once two sides have three voters each; the two largest have 0 and 0 so far." in page
    assert "Judge 10 more outputs" in page
    listed = text_of(client.get("/debates/"))
    assert "Nobody has said anything yet" in listed
    assert client.get("/debates/nobody/").status_code == 404
    assert client.get("/debates/taylor/v/2/").status_code == 404
    assert client.get("/statements/999999/").status_code == 404


def test_evidence_is_sent_once_it_was_opened_and_that_is_recorded(
    signed_in: Client, version: DefinitionVersion, ada: User
) -> None:
    output = judged(trace="A lamp in the trace.\nSo there.")
    for value in ("no", "no", "yes"):
        call(make_judge(), output, value)
    made = counterexample(version, output)
    other = judged()
    more = counterexample(version, other, text="It counts what draws nothing from anything.")
    closed = signed_in.get("/debates/taylor/").content.decode()
    assert "who called it blind" not in closed
    assert "A lamp in the trace" not in closed
    assert not Reveal.objects.filter(judge__user=ada).exists()
    opened = signed_in.post(
        "/debates/taylor/open/",
        {"output": output.pk, "statement": made.pk, "version": version.number},
    )
    assert opened["Location"] == f"/debates/taylor/v/1/#statement-{made.pk}"
    asked = "?all=counterexamples"
    sent = {"output": other.pk, "statement": more.pk, "version": version.number}
    page = signed_in.get(f"/debates/taylor/{asked}").content.decode()
    assert f'action="/debates/taylor/open/{asked}"' in page
    opened = signed_in.post(f"/debates/taylor/open/{asked}", sent)
    assert opened["Location"] == f"/debates/taylor/v/1/{asked}#statement-{more.pk}"
    page = text_of(signed_in.get("/debates/taylor/"))
    assert "2 of 3 who called it blind disagree with this definition, 21% to 94%" in page
    assert "A lamp in the trace" in page
    assert Reveal.objects.filter(judge__user=ada, output=output).exists()


def test_calls_that_agree_or_meet_no_verdict_are_not_denied(
    signed_in: Client, version: DefinitionVersion, ada: User
) -> None:
    # Equal rules would be one view.
    for slug, policy in (("other", "may-be-latent"), ("third", "must-be-shown")):
        make_definition(slug, {"not": "one"}, absence_policy=policy)
    output, open_case = judged(), judged("cannot-tell")
    for each in (output, open_case):
        call(make_judge(), each, "yes")
    page = text_of(signed_in.get("/debates/taylor/"))
    assert f"candidate-{output.pk}" in page
    assert (
        "other definitions and this one part most, while no blind call contradicts it yet" in page
    )
    counterexample(version, open_case, "edge", ada)
    Reveal.objects.create(judge=make_judge(user=ada), output=open_case)
    page = text_of(signed_in.get("/debates/taylor/"))
    assert "No blind call can be held against what this version says of it yet" in page


def test_the_list_says_of_each_debate_what_its_own_page_says(
    signed_in: Client, version: DefinitionVersion, ada: User
) -> None:
    other = make_version("other", "two")
    fallen, gone, first = judged(), judged(), judged()
    counterexample(version, fallen, text="It counts what draws no conclusion.")
    counterexample(version, gone, text="It counts what nobody can read.")
    counterexample(version, first, text="It counts what begins with its end.")
    make_statement(version, ada)
    counterexample(other, judged("no", "two"), "too-narrow", text="It leaves out what concludes.")
    answered = counterexample(other, judged(key="two"), text="It counts a guess.")
    for _ in range(2):
        give(make_judge(), fallen, {"one": "no"})
    Output.objects.filter(pk=gone.pk).update(withdrawn_at=timezone.now())
    next_version(other, {"not": "two"})
    fork = make_version("fork", "three")
    type(fork.definition).objects.filter(pk=fork.definition_id).update(curated_at=None)
    counterexample(fork, judged(key="three"), text="It counts whatever is there.", author=ada)
    next_version(fork, {"any": ["three", {"not": "three"}]})
    listed = {row["definition"]: row for row in signed_in.get("/debates.json").json()["debates"]}
    assert set(listed) == {"taylor", "other", "fork"}
    for slug, row in listed.items():
        held = signed_in.get(f"/debates/{slug}/statements.json").json()["statements"]
        here = [one for one in held if one["from_version"] == row["version"]]
        page = signed_in.get(f"/debates/{slug}/?all=counterexamples")
        assert row["statements"] == len(here), slug
        assert row["counterexamples"] == page.context["standing_total"], slug
    assert [listed[slug]["counterexamples"] for slug in ("taylor", "other", "fork")] == [1, 0, 1]
    assert answered.version.number == 1
    page = text_of(signed_in.get("/debates/"))
    assert "<span>1 counterexample stands</span><span>4 statements</span>" in page


def test_the_list_asks_the_database_no_more_for_more_definitions(
    client: Client, version: DefinitionVersion
) -> None:
    def queries() -> int:
        client.get("/debates/")
        with CaptureQueriesContext(connection) as taken:
            client.get("/debates/")
        return len(taken)

    counterexample(version, judged())
    before = queries()
    for number in range(3):
        made = make_version(f"more-{number}", f"key-{number}")
        counterexample(made, judged(key=f"key-{number}"), text=f"It counts case {number} of many.")
    assert queries() == before


def test_an_opened_card_of_a_withdrawn_output_shows_nothing(
    signed_in: Client, version: DefinitionVersion, ada: User
) -> None:
    output = judged(trace="A lamp in the trace.")
    counterexample(version, output, author=ada)
    Reveal.objects.create(judge=make_judge(user=ada), output=output)
    assert "A lamp in the trace" in signed_in.get("/debates/taylor/").content.decode()
    Output.objects.filter(pk=output.pk).update(withdrawn_at=timezone.now())
    page = text_of(signed_in.get("/debates/taylor/"))
    assert "A lamp in the trace" not in page
    assert "was withdrawn or is not public any more. It is kept and not counted" in page
    assert "Its output is not public any more" in page


def test_numbers_are_sent_once_one_voted_or_asked(
    signed_in: Client, version: DefinitionVersion, ada: User
) -> None:
    made = make_statement(version)
    votes(made, [make_user("bob"), make_user("cy")], useful=True, agreement="agree")
    assert "2 of 2 find it useful" not in text_of(signed_in.get("/debates/taylor/"))
    asked = text_of(signed_in.get(f"/statements/{made.pk}/?show={made.pk}"))
    assert "2 of 2 find it useful; 2 agree, 0 disagree" in asked
    vote(statement=made, voter=ada, useful=False)
    assert "2 of 3 find it useful" in text_of(signed_in.get("/debates/taylor/"))


def test_queries_do_not_grow_with_what_is_said(
    client: Client, version: DefinitionVersion, django_assert_max_num_queries: Any
) -> None:
    def say(number: int) -> None:
        made = counterexample(version, judged(), text=f"Counterexample number {number} of many.")
        votes(made, [make_user(f"v{number}-{n}") for n in range(2)], useful=True)
        make_statement(version, text=f"Question number {number} of very many?")

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as taken:
            client.get("/debates/taylor/?all=counterexamples")
        return len(taken)

    for number in range(2):
        say(number)
    queries()
    before = queries()
    for number in range(2, 6):
        say(number)
    queries()
    assert queries() == before


def test_archive_and_people_stand_side_by_side(client: Client, version: DefinitionVersion) -> None:
    add_archived(
        version=version, kind="for", text="Failures are no proof of absence.",
        source="Lambert 2025", checked="paraphrased",
    )  # fmt: skip
    page = text_of(client.get("/debates/taylor/"))
    assert "from the archive: Lambert 2025 (in other words, from the source itself)" in page


def test_a_retired_statement_keeps_its_address_and_abuse_its_words_to_itself(
    client: Client, version: DefinitionVersion, ada: User
) -> None:
    made = make_statement(version, ada)
    retire(statement=made, actor=ada)
    page = client.get(made.get_absolute_url())
    assert (page.status_code, SAYS in page.content.decode()) == (200, True)
    assert "its author took it back" in text_of(page)
    assert SAYS not in client.get("/debates/taylor/").content.decode()
    other = make_statement(version, ada, "Something that nobody should read.")
    react(statement=other, person=make_user("bob"), kind="define", quote="nobody should read")
    retire(statement=other, actor=make_user("mod", role="moderator"), sentence="It insults.",
           reason="abuse")  # fmt: skip
    page = client.get(other.get_absolute_url())
    assert page.status_code == 410
    assert "nobody should read" not in page.content.decode()
    assert "It insults." in page.content.decode()


def test_counterexamples_carry_themselves_to_the_next_version(
    client: Client, version: DefinitionVersion
) -> None:
    one = judged()
    counterexample(version, one)
    next_version(version, {"any": ["one", {"not": "one"}]})
    page = text_of(client.get("/debates/taylor/"))
    assert "Still stands" in page
    assert "/definitions/taylor/what-if/?version=1&amp;to=2" in page
    next_version(version, {"not": "one"})
    page = text_of(client.get("/debates/taylor/"))
    assert "Answered by version 3" in page
    earlier = text_of(client.get("/debates/taylor/v/1/"))
    assert "Stands</span>" in earlier
    assert "Version 1 is not in force any more" in earlier


def test_answers_move_a_counterexample_and_the_day_is_said(
    client: Client, version: DefinitionVersion
) -> None:
    output = judged()
    counterexample(version, output)
    for _ in range(2):
        give(make_judge(), output, {"one": "no"})
    page = text_of(client.get("/debates/taylor/"))
    today = timezone.now()
    assert f"No longer a counterexample since {today.day} {today:%B %Y}" not in page
    assert "No longer a counterexample" in page


def test_what_a_debate_rests_on_is_read_once(
    signed_in: Client, version: DefinitionVersion, ada: User
) -> None:
    made = counterexample(version, judged("no"), role="too-narrow")
    make_judge(user=ada)
    other = make_statement(version, text="It leaves out what is said without a word.")
    for each in (made, other):
        vote(statement=each, voter=ada, useful=True)
    take_stance(version=version, person=ada, value="use")
    signed_in.get("/debates/taylor/")
    with CaptureQueriesContext(connection) as captured:
        page = text_of(signed_in.get("/debates/taylor/"))
    assert page.count('aria-pressed="true"') == 3  # two votes and the stance
    assert "1 would use it" in page
    asked = [query["sql"] for query in captured.captured_queries]

    def reads(table: str) -> int:
        return sum(f'FROM "{table}"' in sql for sql in asked)

    assert reads("debates_vote") == reads("judgments_judge") == 1
    assert reads("debates_stance") == 2  # and whose stance a statement changed
    assert reads("definitions_pin") == 0  # kept with those of all definitions


def test_how_evidence_stands_is_kept_until_an_answer_changes(version: DefinitionVersion) -> None:
    output = judged("yes")
    (shown,) = counterexample(version, output).evidence.all()

    def checked() -> Check:
        return Checks(version).of(shown, version.pk)

    before = checked()
    assert before.state == STANDS
    assert checked() is before
    for _ in range(2):
        give(make_judge(), output, {"one": "no"})
    assert (checked().state, checked().verdict) == (MOVED, "not-reasoning")
    now = Checks(version)
    assert ("moved on", version.pk, now.place_of(output.pk), shown.role) in now.held.figures
