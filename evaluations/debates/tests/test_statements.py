"""Statements: what is taken and what is refused, in words, with nothing lost."""

import threading

import pytest
from django.db import connection
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.debates.actions import add_evidence, carry, reword
from evaluations.debates.claims import EvidenceDraft
from evaluations.debates.models import Statement
from evaluations.debates.refusals import DebateClosed, DebateRefused, SaidAlready, VerdictAgainst
from evaluations.debates.retiring_actions import retire
from evaluations.debates.tests.cast import (
    counterexample,
    judged,
    make_statement,
    make_version,
    next_version,
)
from evaluations.debates.vote_actions import react, take_stance, vote
from evaluations.debates.wording import key_of
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.tests.cast import make_output, make_user
from evaluations.runs.models import Output

pytestmark = pytest.mark.django_db


@pytest.fixture
def version() -> DefinitionVersion:
    return make_version()


@pytest.fixture
def ada() -> User:
    return make_user("ada")


# Words ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("Too short.", "15 to 280 characters, and this has 10. Make it longer"),
        ("x" * 281, "and this has 281. Make it shorter"),
        ("Read this at https://example.org now.", "holds no link"),
        ("? ! . ? ! . ? ! . ? ! .", "no word"),
        ("\u3164" * 20, "There is no word in it."),
        ("\u115f\uffa0\u2800\u180e\u200b" * 4, "There is no word in it."),
        ("a" + "\u3164" * 19, "and this has 1. Make it longer"),
        ("It counts \u202ewhat has none.", r"nobody sees \(U\+202E\): take it out"),
        ("It counts \u2067what has none.", r"nobody sees \(U\+2067\): take it out"),
    ],
)
def test_words_that_are_not_taken(
    version: DefinitionVersion, ada: User, text: str, match: str
) -> None:
    with pytest.raises(DebateRefused, match=match):
        make_statement(version, ada, text)
    assert not Statement.objects.exists()


def test_a_statement_is_one_paragraph(version: DefinitionVersion, ada: User) -> None:
    made = make_statement(version, ada, "  It counts\nwhat has\t no conclusion. ")
    assert made.text == "It counts what has no conclusion."


def test_case_and_stops_make_no_other_statement(version: DefinitionVersion, ada: User) -> None:
    first = make_statement(version, ada, "It counts what has no conclusion.")
    with pytest.raises(SaidAlready, match="ada said this already") as refused:
        make_statement(version, None, "it COUNTS what has, no conclusion!")
    assert refused.value.statement == first
    retire(statement=first, actor=ada)
    assert make_statement(version, None, "it COUNTS what has, no conclusion!").is_standing


def test_blank_letters_make_no_other_statement(version: DefinitionVersion, ada: User) -> None:
    make_statement(version, ada, "It counts what has no conclusion.")
    with pytest.raises(SaidAlready):
        make_statement(version, None, "It co\u3164unts what has no conclusion.\u3164")


def test_joiners_within_words_and_emoji_are_kept(version: DefinitionVersion, ada: User) -> None:
    said = "می\u200cخواهم نتیجه را ببینم 👩\u200d💻 ❤\ufe0f."
    assert make_statement(version, ada, said).text == said


def test_what_two_texts_share() -> None:
    assert key_of("“Ａ” is -- not\u00a0B!") == key_of("a is not b") == "a is not b"
    assert key_of("A\u200b is n\u00adot b \u2764\ufe0f") == "a is not b", (
        "nobody sees the difference"
    )
    assert key_of("A i\u034fs\ufe0f not\U000e0100 b") == "a is not b", "marks that are not drawn"
    assert key_of("A i\u3164s not\u115f\u1160\uffa0 b\u180e") == "a is not b", "blank letters"
    assert key_of("A is\u2800not b") == "a is not b", "a blank that is seen as a gap"
    assert key_of("कि") != key_of("का"), "marks are vowels there"


@pytest.mark.django_db(transaction=True)
def test_two_windows_at_once_make_one_statement(version: DefinitionVersion, ada: User) -> None:
    told: list[Exception] = []

    def send() -> None:
        try:
            make_statement(version, ada)
        except Exception as error:
            told.append(error)
        finally:
            connection.close()

    windows = [threading.Thread(target=send) for _ in range(4)]
    for window in windows:
        window.start()
    for window in windows:
        window.join()
    assert Statement.objects.count() == 1
    assert told == []


def test_a_quotation_stands_in_what_is_quoted(version: DefinitionVersion, ada: User) -> None:
    first = make_statement(version, None, "It counts 😀 what has no conclusion.")
    made = make_statement(version, ada, "Which conclusion is meant?", quotes=first,
                          quote="no conclusion")  # fmt: skip
    assert made.quoted == "no conclusion"
    assert (made.quote_start, made.quote_end) == (21, 34)
    whole = make_statement(version, ada, "All of that is wrong.", quotes=first)
    assert whole.quoted == first.text
    with pytest.raises(DebateRefused, match="do not stand in the statement"):
        make_statement(version, ada, "Once more, with feeling.", quotes=first, quote="nowhere")
    retire(statement=first, actor=make_user("mod", role="moderator"), sentence="x", reason="abuse")
    assert Statement.objects.get(pk=made.pk).quoted == ""
    with pytest.raises(DebateRefused, match="retired meanwhile"):
        make_statement(version, ada, "And one more for good.", quotes=first)


# Evidence ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["for", "against"])
def test_for_and_against_show_an_output(version: DefinitionVersion, ada: User, kind: str) -> None:
    with pytest.raises(DebateRefused, match="shows at least one output"):
        make_statement(version, ada, kind=kind)


@pytest.mark.parametrize(
    ("answer", "role", "match"),
    [
        ("no", "too-wide", r"Version 1 calls it not reasoning \(output \d+\).*choose “too narrow”"),
        ("yes", "too-narrow", r"calls it reasoning.*choose “too wide”; else show it as a case"),
        ("partly", "too-wide", "calls it partly reasoning.*You can show it as a case on the edge"),
        ("cannot-tell", "fits", "leaves it undetermined"),
    ],
)
def test_a_role_that_the_verdict_contradicts(
    version: DefinitionVersion, ada: User, answer: str, role: str, match: str
) -> None:
    output = judged(answer)
    draft = EvidenceDraft(output, role)
    kind = "for" if role == "fits" else "against"
    with pytest.raises(VerdictAgainst, match=match) as refused:
        make_statement(version, ada, kind=kind, evidence=[draft])
    assert refused.value.output == output
    assert not Statement.objects.exists()
    edge = make_statement(version, ada, kind=kind, evidence=[EvidenceDraft(output, "edge")])
    assert edge.evidence.get().verdict_then == refused.value.verdict


def test_nothing_is_claimed_of_what_was_not_asked(version: DefinitionVersion, ada: User) -> None:
    with pytest.raises(VerdictAgainst, match="says nothing of it yet"):
        counterexample(version, make_output(), "too-narrow", ada)


@pytest.mark.parametrize(
    ("kind", "role", "match"),
    [
        ("for", "too-wide", "speaks against the definition"),
        ("against", "fits", "speaks for the definition"),
        ("against", "odd", "too wide, too narrow, fits or edge"),
        ("odd", "edge", "Choose what the statement does"),
    ],
)
def test_what_it_says_and_what_it_shows_go_together(
    version: DefinitionVersion, ada: User, kind: str, role: str, match: str
) -> None:
    with pytest.raises(DebateRefused, match=match):
        make_statement(version, ada, kind=kind, evidence=[EvidenceDraft(judged(), role)])


def test_an_output_stands_once_and_is_readable(version: DefinitionVersion, ada: User) -> None:
    output = judged()
    made = counterexample(version, output, author=ada)
    with pytest.raises(DebateRefused, match="shows this output already"):
        add_evidence(statement=made, author=ada, draft=EvidenceDraft(output, "edge"))
    with pytest.raises(DebateRefused, match="named twice"):
        make_statement(version, ada, "Twice the same one.", "against",
                       evidence=[EvidenceDraft(output, "edge")] * 2)  # fmt: skip
    Output.objects.filter(pk=output.pk).update(withdrawn_at=timezone.now())
    with pytest.raises(DebateRefused, match="was withdrawn or is not public"):
        counterexample(version, output, author=ada, text="Another about it, too late.")


def test_words_of_the_output_are_marked(version: DefinitionVersion, ada: User) -> None:
    output = judged(trace="😀 The lamp is on.\nSo she is home.")
    draft = EvidenceDraft(output, "too-wide", "trace", "lamp is on")
    made = make_statement(version, ada, kind="against", evidence=[draft])
    kept = made.evidence.get()
    assert (kept.start, kept.end, kept.quote, kept.suffix) == (
        6,
        16,
        "lamp is on",
        ".\nSo she is home.",
    )
    with pytest.raises(DebateRefused, match="do not stand in the answer"):
        add_evidence(statement=made, author=ada,
                     draft=EvidenceDraft(judged(), "too-wide", "answer", "no such"))  # fmt: skip


def test_evidence_may_be_added_later_by_its_author(version: DefinitionVersion, ada: User) -> None:
    made = counterexample(version, judged(), author=ada)
    add_evidence(statement=made, author=ada, draft=EvidenceDraft(judged(), "too-wide"))
    assert made.evidence.count() == 2
    with pytest.raises(PermissionError):
        add_evidence(statement=made, author=make_user("bob"),
                     draft=EvidenceDraft(judged(), "edge"))  # fmt: skip


# Rewording, carrying ----------------------------------------------------------------------------


def test_words_change_until_somebody_else_votes(version: DefinitionVersion, ada: User) -> None:
    first = counterexample(version, judged(), author=ada)
    second = reword(statement=first, author=ada, text="It counts what merely restates.")
    assert second.supersedes == first
    assert list(second.evidence.values_list("output", "role")) == list(
        first.evidence.values_list("output", "role")
    )
    first.refresh_from_db()
    assert not first.is_current
    with pytest.raises(DebateRefused, match="reworded this statement meanwhile"):
        vote(statement=first, voter=make_user("bob"), useful=True)
    again = reword(statement=second, author=ada, text="It counts what merely re-states!")
    vote(statement=again, voter=User.objects.get(username="bob"), useful=True)
    with pytest.raises(DebateRefused, match="Somebody else has voted on it"):
        reword(statement=again, author=ada, text="Something else altogether.")
    with pytest.raises(PermissionError):
        reword(statement=again, author=make_user("eve"), text="Something else altogether.")


def test_a_new_version_has_a_pool_of_its_own(version: DefinitionVersion, ada: User) -> None:
    made = counterexample(version, judged(), author=ada)
    make_criterion_two()
    second = next_version(version, "two")
    with pytest.raises(DebateClosed, match="Version 1 is not in force any more"):
        make_statement(version, ada, "Too late for this one.")
    with pytest.raises(DebateClosed):
        vote(statement=made, voter=make_user("bob"), useful=True)
    with pytest.raises(DebateRefused, match="it is answered"):
        carry(statement=made, author=ada)
    question = make_statement(second, ada, "Does it count this at all?")
    with pytest.raises(DebateRefused, match="about the version in force already"):
        carry(statement=question, author=ada)


def make_criterion_two() -> None:
    from evaluations.judgments.tests.cast import make_criterion

    make_criterion("two")


def test_what_still_holds_is_carried_on_with_what_it_rests_on(
    version: DefinitionVersion, ada: User
) -> None:
    one, other = judged(), judged()
    made = counterexample(version, one, author=ada)
    again = make_statement(version, ada, "Whether it still holds is the question.")
    add_evidence(statement=made, author=ada, draft=EvidenceDraft(other, "too-wide"))
    Output.objects.filter(pk=other.pk).update(withdrawn_at=timezone.now())
    second = next_version(version, {"any": ["one", {"not": "one"}]})
    carried = carry(statement=made, author=ada)
    assert (carried.version, carried.carried_from, carried.text) == (second, made, made.text)
    assert [each.output for each in carried.evidence.all()] == [one]
    assert carry(statement=made, author=ada) == carried, "a second sending"
    make_statement(second, ada, again.text)
    with pytest.raises(SaidAlready, match="You said this already"):
        carry(statement=again, author=ada)


@pytest.mark.parametrize(("before", "match"), [("retired", "was retired"), ("merged", "merged")])
def test_nothing_is_added_once_a_definition_is_retired(
    version: DefinitionVersion, ada: User, before: str, match: str
) -> None:
    made = make_statement(version)
    DefinitionVersion.objects.filter(pk=version.pk).update(state=before)
    for write in (
        lambda: make_statement(version, ada, "Too late for this one."),
        lambda: vote(statement=made, voter=ada, useful=True),
        lambda: take_stance(version=version, person=ada, value="use"),
        lambda: react(statement=made, person=ada, kind="crux"),
    ):
        with pytest.raises(DebateClosed, match=match):
            write()
