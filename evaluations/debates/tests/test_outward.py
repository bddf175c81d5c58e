"""Files, frozen debates, and the page of one statement."""

import json
from csv import DictReader
from io import StringIO
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.debates.claims import EvidenceDraft
from evaluations.debates.models import Statement
from evaluations.debates.records import CHECKED, VOTED
from evaluations.debates.retiring_actions import retire
from evaluations.debates.tests.cast import (
    SAYS,
    counterexample,
    judged,
    make_statement,
    make_version,
    next_version,
)
from evaluations.debates.vote_actions import react, take_stance, vote
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.models import Reveal
from evaluations.judgments.tests.cast import make_judge, make_user
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


def test_files_name_nobody(client: Client, version: DefinitionVersion, ada: User) -> None:
    bob = make_user("bob")
    made = counterexample(version, judged(), author=ada)
    vote(statement=made, voter=bob, useful=True)
    take_stance(version=version, person=bob, value="use")
    assert SAYS in client.get("/debates/taylor/statements.csv").content.decode()
    lines = client.get("/debates/taylor.jsonl").content.decode()
    assert [line.split('"')[3] for line in lines.splitlines()] == [
        "statement", "evidence", "vote", "stance",
    ]  # fmt: skip
    assert "bob" not in lines
    assert "ada" not in lines


def told(client: Client) -> dict[str, Any]:
    """The only statement of a debate as its file tells it to somebody."""
    (row,) = client.get("/debates/taylor/statements.json").json()["statements"]
    csv = client.get("/debates/taylor/statements.csv").content.decode()
    (line,) = DictReader(StringIO(csv))
    assert line["useful"] == ("" if row["useful"] is None else str(row["useful"]))
    return {**row, "in_csv": line["evidence"]}


def test_files_tell_votes_to_who_voted_or_wrote_it_as_the_page_does(
    client: Client, version: DefinitionVersion, ada: User
) -> None:
    bob = make_user("bob")
    vote(statement=make_statement(version, ada), voter=bob, useful=True, agreement="agree")
    hidden = dict.fromkeys(VOTED)
    for person in (None, make_user("eve")):
        if person is not None:
            client.force_login(person)
        row = told(client)
        assert {name: row[name] for name in VOTED} == hidden
        assert "1 of 1" not in text_of(client.get("/debates/taylor/"))
    for person in (bob, ada):
        client.force_login(person)
        row = told(client)
        assert (row["useful"], row["rated"], row["agree"]) == (1, 1, 1)


def test_files_tell_what_was_found_of_an_output_to_who_opened_it(
    client: Client, version: DefinitionVersion, ada: User
) -> None:
    output, eve = judged(), make_user("eve")
    counterexample(version, output, author=ada)
    client.force_login(eve)
    row = told(client)
    (shown,) = row["evidence"]
    assert (shown["output"], shown["role"]) == (output.pk, "too-wide")
    assert {name: shown[name] for name in CHECKED} == dict.fromkeys(CHECKED)
    assert row["in_csv"] == f"{output.pk} too-wide"
    Reveal.objects.create(judge=make_judge(user=eve), output=output)
    row = told(client)
    assert (row["evidence"][0]["verdict"], row["evidence"][0]["state"]) == ("reasoning", "stands")
    assert row["in_csv"] == f"{output.pk} too-wide stands"


def test_words_that_are_folded_stay_so_in_files(
    client: Client, version: DefinitionVersion, ada: User
) -> None:
    eve = make_user("eve")
    make_statement(version, eve)
    ada.hides.add(eve)
    assert told(client)["text"] == SAYS
    client.force_login(ada)
    assert SAYS not in told(client)["text"]


def test_who_asked_an_author_is_not_told_by_their_votes(
    client: Client, version: DefinitionVersion, ada: User
) -> None:
    bob = make_user("bob")
    made, other = make_statement(version, ada), make_statement(version, text="Another of them.")
    for each in (made, other):
        vote(statement=each, voter=bob, agreement="disagree")
        for kind in ("example", "define"):
            react(statement=each, person=bob, kind=kind)
    take_stance(version=version, person=bob, value="reject")
    lines = client.get("/debates/taylor.jsonl").content.decode().splitlines()
    rows = [json.loads(line) for line in lines]
    names = {kind: [row["person"] for row in rows if row["row"] == kind]
             for kind in ("vote", "stance", "reaction")}  # fmt: skip
    assert len({*names["vote"], *names["stance"]}) == 1, "one voter can be followed"
    assert len(set(names["reaction"])) == 4
    assert not {*names["vote"]} & {*names["reaction"]}


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


def test_a_frozen_debate_quotes_no_output_that_was_withdrawn(
    signed_in: Client, version: DefinitionVersion
) -> None:
    output = judged(trace="A lamp in the trace.")
    draft = EvidenceDraft(output, "too-wide", "trace", "A lamp")
    make_statement(version, kind="against", evidence=[draft])
    frozen = signed_in.post("/debates/taylor/freeze/")["Location"].rstrip("/")
    assert "A lamp" in signed_in.get(f"{frozen}.json").content.decode()
    Output.objects.filter(pk=output.pk).update(withdrawn_at=timezone.now())
    assert "A lamp" not in signed_in.get(f"{frozen}.json").content.decode()
    assert signed_in.get(f"{frozen}/").status_code == 200


def test_votes_of_an_earlier_version_are_not_none_on_the_next(
    signed_in: Client, version: DefinitionVersion, ada: User
) -> None:
    vote(statement=counterexample(version, judged()), voter=ada, useful=True)
    next_version(version, {"any": ["one", {"not": "one"}]})
    (row,) = signed_in.get("/debates/taylor/statements.json").json()["statements"]
    assert (row["from_version"], row["useful"], row["rated"], row["badge"]) == (1, None, None, None)
    before = signed_in.get("/debates/taylor/statements.json?version=1").json()["statements"]
    assert (before[0]["useful"], before[0]["rated"]) == (1, 1)
    frozen = signed_in.post("/debates/taylor/freeze/")["Location"]
    assert "0 of 0" not in text_of(signed_in.get(frozen))


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


def test_what_a_moderator_chose_stays_when_retiring_is_refused(
    client: Client, version: DefinitionVersion
) -> None:
    made = make_statement(version)
    client.force_login(make_user("mod", role="moderator"))
    sent = {"press": "retire", "reason": "spam", "into": "999999", "sentence": "It sells."}
    refused = client.post(f"/statements/{made.pk}/retire/", sent)
    assert refused.status_code == 409
    page = refused.content.decode()
    assert '<option value="spam" selected>' in page
    assert page.count(" selected>") - page.partition('id="retire-it"')[0].count(" selected>") == 1
    assert 'value="999999"' in page
    assert 'value="It sells."' in page


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
