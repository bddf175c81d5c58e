"""The pages of a debate: what is shown to whom, what stays closed, and what a refusal keeps."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.debates.actions import add_archived, retire
from evaluations.debates.models import Stance, Statement, Vote
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
from evaluations.debates.vote_actions import take_stance, vote
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.models import Reveal
from evaluations.judgments.tests.cast import give, make_judge, make_user
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


# Reading ----------------------------------------------------------------------------------------


def test_an_empty_debate_says_what_it_is_and_what_to_do(
    client: Client, version: DefinitionVersion
) -> None:
    page = text_of(client.get("/debates/taylor/"))
    assert "Statement of taylor." in page
    assert "None stands." in page
    assert "Sides appear with three people on two sides: 0 and 0 so far." in page
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
    closed = signed_in.get("/debates/taylor/").content.decode()
    assert "who called it blind" not in closed
    assert "A lamp in the trace" not in closed
    assert not Reveal.objects.filter(judge__user=ada).exists()
    opened = signed_in.post(
        "/debates/taylor/open/",
        {"output": output.pk, "statement": made.pk, "version": version.number},
    )
    assert opened["Location"] == f"/debates/taylor/v/1/#statement-{made.pk}"
    page = text_of(signed_in.get("/debates/taylor/"))
    assert "2 of 3 who called it blind disagree with this definition, 21% to 94%" in page
    assert "A lamp in the trace" in page
    assert Reveal.objects.filter(judge__user=ada, output=output).exists()


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
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

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
    retire(statement=other, actor=make_user("mod", role="moderator"), sentence="It insults.",
           reason="abuse")  # fmt: skip
    page = client.get(other.get_absolute_url())
    assert page.status_code == 410
    assert "nobody should read" not in page.content.decode()
    assert "It insults." in page.content.decode()


# Saying -----------------------------------------------------------------------------------------


def test_a_statement_is_made_from_a_candidate(
    signed_in: Client, version: DefinitionVersion, ada: User
) -> None:
    output = judged()
    for value in ("no", "no"):
        call(make_judge(), output, value)
    page = text_of(signed_in.get("/debates/taylor/"))
    assert f"draft-{output.pk}" in page
    assert "who called it blind disagree" not in page
    begun = signed_in.post(
        "/debates/taylor/open/", {"output": output.pk, "role": "too-wide", "press": "draft"}
    )
    assert begun["Location"] == f"/debates/taylor/state/?output={output.pk}&role=too-wide"
    form = signed_in.get(begun["Location"]).content.decode()
    assert f'value="{output.pk}"' in form
    made = signed_in.post(
        "/debates/taylor/state/", sent(version, kind="against", output=output.pk, role="too-wide")
    )
    row = Statement.objects.get()
    assert made["Location"] == row.get_absolute_url()
    assert (row.author, row.evidence.get().output) == (ada, output)
    assert f"draft-{output.pk}" not in signed_in.get("/debates/taylor/").content.decode()


def test_a_duplicate_is_offered_for_voting_and_nothing_is_lost(
    signed_in: Client, version: DefinitionVersion
) -> None:
    first = make_statement(version, make_user("bob"), "It counts what has no conclusion.")
    page = signed_in.post(
        "/debates/taylor/state/", sent(version, text="It counts WHAT has no conclusion!!")
    )
    assert page.status_code == 409
    text = page.content.decode()
    assert "bob said this already. Vote on it instead" in text
    assert f'id="useful-{first.pk}"' in text
    assert "It counts WHAT has no conclusion!!" in text
    assert Statement.objects.count() == 1


def test_a_role_that_the_verdict_contradicts_keeps_what_was_typed_and_shows_the_way_out(
    signed_in: Client, version: DefinitionVersion, ada: User
) -> None:
    output = judged("no")
    typed = sent(version, kind="against", output=output.pk, role="too-wide")
    page = signed_in.post("/debates/taylor/state/", typed)
    assert page.status_code == 409
    assert "Version 1 calls it not reasoning" in page.content.decode()
    assert f">{SAYS}</textarea>" in page.content.decode().replace("\n", "").replace("\r", "")
    assert 'name="role" value="edge"' in page.content.decode()
    assert Reveal.objects.filter(judge__user=ada, output=output).exists()
    assert not Statement.objects.exists()
    signed_in.post("/debates/taylor/state/", {**typed, "role": ["too-wide", "edge"]})
    assert Statement.objects.get().evidence.get().role == "edge"


@pytest.mark.parametrize(
    ("fields", "status", "match"),
    [
        ({"text": "short"}, 409, "15 to 280"),
        ({"text": ""}, 422, "required"),
        ({"kind": "against"}, 409, "shows at least one output"),
        ({"kind": "against", "output": "999999", "role": "edge"}, 422, "no such output"),
        ({"output": "1x"}, 422, "no such output"),
        ({"quotes": "x"}, 422, "whole number"),
    ],
)
def test_bad_input_is_said_and_kept(
    signed_in: Client, version: DefinitionVersion, fields: Any, status: int, match: str
) -> None:
    page = signed_in.post("/debates/taylor/state/", sent(version, **fields))
    assert page.status_code == status
    assert match in page.content.decode()
    assert fields.get("text", SAYS) in page.content.decode()
    assert not Statement.objects.exists()


def test_a_version_that_came_meanwhile_is_said_and_the_words_stay(
    signed_in: Client, version: DefinitionVersion
) -> None:
    typed = sent(version)
    second = next_version(version, {"not": "one"})
    page = signed_in.post("/debates/taylor/state/", typed)
    assert page.status_code == 409
    assert "Version 2 came into force while you were writing" in page.content.decode()
    assert SAYS in page.content.decode()
    assert 'name="version" value="2"' in page.content.decode()
    signed_in.post("/debates/taylor/state/", sent(second))
    assert Statement.objects.get().version == second


def test_a_definition_that_is_retired_meanwhile(
    signed_in: Client, version: DefinitionVersion
) -> None:
    made = make_statement(version)
    DefinitionVersion.objects.filter(pk=version.pk).update(state="retired")
    page = signed_in.post("/debates/taylor/state/", sent(version, text="Something else to say."))
    assert page.status_code == 409
    assert "This definition was retired" in page.content.decode()
    assert "Something else to say." in page.content.decode()
    voted = signed_in.post(f"/statements/{made.pk}/vote/", {"press": "useful"})
    assert voted.status_code == 409
    assert "This definition was retired" in voted.content.decode()
    stood = signed_in.post("/debates/taylor/v/1/stance/", {"value": "use"})
    assert stood.status_code == 409
    read = text_of(signed_in.get("/debates/taylor/"))
    assert "nothing is added to it" in read
    assert "Add a statement" not in read


def test_the_day_has_so_many_statements(
    signed_in: Client, version: DefinitionVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    from evaluations.definitions import allowances

    monkeypatch.setitem(allowances.A_DAY, "state", dict.fromkeys(allowances.Standing, 1))
    # What is refused takes nothing from the allowance.
    assert signed_in.post("/debates/taylor/state/", sent(version, text="s")).status_code == 409
    assert signed_in.post("/debates/taylor/state/", sent(version)).status_code == 303
    page = signed_in.post("/debates/taylor/state/", sent(version, text="And one more of them."))
    assert page.status_code == 429
    assert "you can make 1 statement in debates a day" in page.content.decode()
    assert "And one more of them." in page.content.decode()


# Voting -----------------------------------------------------------------------------------------


def test_a_vote_by_htmx_is_answered_by_the_statement_alone(
    signed_in: Client, version: DefinitionVersion
) -> None:
    made = make_statement(version)
    page = signed_in.post(
        f"/statements/{made.pk}/vote/", {"press": "useful"}, headers={"HX-Request": "true"}
    )
    text = page.content.decode()
    assert page.status_code == 200
    assert "<html" not in text
    assert f'id="statement-{made.pk}"' in text
    assert "1 of 1 find it useful" in text
    assert "Your vote is counted." in text


def test_a_vote_without_scripts_comes_back_to_the_statement(
    signed_in: Client, version: DefinitionVersion
) -> None:
    made = make_statement(version)
    back = signed_in.post(f"/statements/{made.pk}/vote/", {"press": "agree", "back": "debate"})
    assert back["Location"] == f"/debates/taylor/v/1/#statement-{made.pk}"
    for _ in range(2):
        signed_in.post(f"/statements/{made.pk}/vote/", {"press": "useful"})
    assert Vote.objects.count() == 2
    now = Vote.objects.current().get()
    assert (now.useful, now.agreement) == (True, "agree")
    signed_in.post(f"/statements/{made.pk}/vote/", {"press": "take-back"})
    assert not Vote.objects.current().exists()


def test_a_refused_vote_says_why(signed_in: Client, version: DefinitionVersion, ada: User) -> None:
    made = make_statement(version, ada)
    page = signed_in.post(f"/statements/{made.pk}/vote/", {"press": "useful"})
    assert page.status_code == 409
    assert "your own statement" in page.content.decode()
    empty = signed_in.post(
        f"/statements/{make_statement(version, text='Or not, that is it?').pk}/vote/"
    )
    assert empty.status_code == 409


def test_a_stance_is_asked_once_and_a_change_may_be_credited(
    signed_in: Client, version: DefinitionVersion, ada: User
) -> None:
    made = make_statement(version)
    page = text_of(signed_in.get("/debates/taylor/"))
    assert "How others stand is shown once you said where you do" in page
    signed_in.post("/debates/taylor/v/1/stance/", {"value": "use"})
    signed_in.post("/debates/taylor/v/1/stance/", {"value": "reject", "because": made.pk})
    assert Stance.objects.current().get().because == made
    assert "Changed 1 mind" in text_of(signed_in.get("/debates/taylor/"))


def test_after_five_votes_one_is_asked_what_is_missing(
    signed_in: Client, version: DefinitionVersion, ada: User
) -> None:
    for number in range(5):
        assert "What is missing?" not in text_of(signed_in.get("/debates/taylor/"))
        made = make_statement(version, text=f"Question number {number} of very many?")
        vote(statement=made, voter=ada, agreement="unsure")
    assert "What is missing?" in text_of(signed_in.get("/debates/taylor/"))


def test_reactions_hang_on_words(signed_in: Client, version: DefinitionVersion) -> None:
    made = make_statement(version)
    address = f"/statements/{made.pk}/react/"
    signed_in.post(address, {"kind": "define", "quote": "no conclusion"})
    page = text_of(signed_in.get(made.get_absolute_url()))
    assert '<strong>Say what this means</strong>: <q dir="auto">no conclusion</q>' in page
    refused = signed_in.post(address, {"kind": "checked", "quote": "", "link": "example.org"})
    assert refused.status_code == 409
    assert 'value="example.org"' in refused.content.decode()
    nowhere = signed_in.post(address, {"kind": "crux", "quote": "nowhere"})
    assert "do not stand in the statement" in nowhere.content.decode()
    signed_in.post(address, {"press": "take-back:define"})
    assert "<strong>Say what this means" not in text_of(signed_in.get(made.get_absolute_url()))


def test_still_holds_is_asked_of_authors_and_answered_by_a_press(
    signed_in: Client, version: DefinitionVersion, ada: User
) -> None:
    made = make_statement(version, ada, "What would count as a conclusion?")
    second = next_version(version, {"not": "one"})
    page = text_of(signed_in.get("/debates/taylor/"))
    assert "Does it still hold?" in page
    signed_in.post(f"/statements/{made.pk}/carry/")
    assert Statement.objects.get(version=second).carried_from == made
    assert "Does it still hold?" not in text_of(signed_in.get("/debates/taylor/"))


# Versions ---------------------------------------------------------------------------------------


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


# Files and frozen debates -----------------------------------------------------------------------


def test_files_name_nobody(client: Client, version: DefinitionVersion, ada: User) -> None:
    bob = make_user("bob")
    made = counterexample(version, judged(), author=ada)
    vote(statement=made, voter=bob, useful=True)
    take_stance(version=version, person=bob, value="use")
    table = client.get("/debates/taylor/statements.json").json()
    assert table["statements"][0]["useful"] == 1
    assert SAYS in client.get("/debates/taylor/statements.csv").content.decode()
    lines = client.get("/debates/taylor.jsonl").content.decode()
    assert [line.split('"')[3] for line in lines.splitlines()] == [
        "statement", "evidence", "vote", "stance",
    ]  # fmt: skip
    assert "bob" not in lines
    assert "ada" not in lines


def test_a_frozen_debate_stays_as_it_was(
    signed_in: Client, version: DefinitionVersion, ada: User
) -> None:
    empty = signed_in.post("/debates/taylor/freeze/")
    assert empty.status_code == 409
    made = make_statement(version)
    frozen = signed_in.post("/debates/taylor/freeze/")["Location"]
    assert signed_in.post("/debates/taylor/freeze/")["Location"] == frozen
    vote(statement=made, voter=ada, useful=True)
    page = text_of(signed_in.get(frozen))
    assert "0 of 0" in page
    assert f"{frozen}" in page
    found = signed_in.get(f"{frozen.rstrip('/')}.json").json()
    assert found["contents"]["statements"][0]["useful"] == 0
    retire(statement=made, actor=make_user("mod", role="moderator"), sentence="x", reason="abuse")
    assert SAYS not in signed_in.get(frozen).content.decode()
    assert SAYS not in signed_in.get(f"{frozen.rstrip('/')}.json").content.decode()
    assert signed_in.get("/debates/taylor/2020-01-01-00000000/").status_code == 404


def test_evidence_is_added_later_on_the_page_of_a_statement(
    signed_in: Client, version: DefinitionVersion, ada: User
) -> None:
    made = counterexample(version, judged(), author=ada)
    other = judged("no")
    page = signed_in.post(
        f"/statements/{made.pk}/evidence/", {"output": other.pk, "role": "too-wide"}
    )
    assert page.status_code == 409
    assert "calls it not reasoning" in page.content.decode()
    signed_in.post(f"/statements/{made.pk}/evidence/", {"output": other.pk, "role": "edge"})
    assert made.evidence.count() == 2
    signed_in.force_login(make_user("bob"))
    assert (
        signed_in.post(
            f"/statements/{made.pk}/evidence/", {"output": judged().pk, "role": "edge"}
        ).status_code
        == 403
    )


def test_rewording_and_retiring_by_the_page(
    signed_in: Client, version: DefinitionVersion, ada: User
) -> None:
    made = make_statement(version, ada)
    done = signed_in.post(f"/statements/{made.pk}/reword/", {"text": "Other words for all of it."})
    again = Statement.objects.standing().get()
    assert done["Location"] == again.get_absolute_url()
    assert "Its author reworded it" in text_of(signed_in.get(made.get_absolute_url()))
    vote(statement=again, voter=make_user("bob"), useful=True)
    refused = signed_in.post(f"/statements/{again.pk}/reword/", {"text": "Too late for these."})
    assert refused.status_code == 409
    assert "Too late for these." in refused.content.decode()
    signed_in.post(f"/statements/{again.pk}/retire/", {"press": "retire"})
    assert not Statement.objects.standing().exists()
    signed_in.post(f"/statements/{again.pk}/retire/", {"press": "restore"})
    assert Statement.objects.standing().exists()


def test_a_quotation_is_begun_on_the_page(signed_in: Client, version: DefinitionVersion) -> None:
    made = make_statement(version)
    form = signed_in.get(f"/debates/taylor/state/?quotes={made.pk}").content.decode()
    assert f'value="{SAYS}"' in form
    signed_in.post(
        "/debates/taylor/state/",
        sent(version, text="Which of them is meant here?", quotes=made.pk, quote="no conclusion"),
    )
    assert Statement.objects.latest("pk").quoted == "no conclusion"
    assert "Which of them is meant here?" in text_of(signed_in.get(made.get_absolute_url()))
