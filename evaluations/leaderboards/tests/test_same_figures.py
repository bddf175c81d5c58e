"""What a protocol's page and the site's pages both count, they count alike."""

import re
import uuid
from collections import defaultdict

import pytest
from django.test import Client

from evaluations.judgments.answers.actions import Direct, Served, submit_judgment
from evaluations.judgments.review.agreement import agreement_of
from evaluations.judgments.review.fidelity import fidelity_of
from evaluations.judgments.tests.cast import (
    give,
    make_block,
    make_criterion,
    make_definition,
    make_judge,
    make_output,
    make_user,
)
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.judgments.tests.review_cast import judged, make_judged_protocol, serve
from evaluations.leaderboards.definition_pages.fidelity import fidelity_to, spoken_on
from evaluations.leaderboards.matrix.current import current_matrix

pytestmark = pytest.mark.django_db


def test_raw_agreement_is_one_figure_in_one_sentence(client: Client) -> None:
    version, items = make_judged_protocol()
    make_definition("sound", "sound")
    # All three pairs of the first output are alike; a cannot tell is alike with nothing.
    for answers in ("yyc-", "ync-", "ycyn"):
        judged(make_judge(), items, answers)
    (sound, _) = agreement_of(version)
    (row,) = [
        row
        for row in client.get("/leaderboards/sound.json").json()["rows"]
        if row["raw_agreement"] is not None
    ]
    assert sound.raw.estimate == row["raw_agreement"] == 3 / 9
    assert version.protocol.owner is not None
    client.force_login(version.protocol.owner)
    for path in (
        "/leaderboards/sound/",
        "/definitions/sound/",
        f"/protocols/{version.protocol.slug}/progress/",
    ):
        page = " ".join(client.get(path).text.split())
        assert "with a “cannot tell” in it is unlike, also where both could not tell" in page, path


@pytest.mark.parametrize(
    ("parted", "word"), [(0, "all alike"), (1, "good"), (3, "fair"), (5, "weak"), (13, "none")]
)
def test_agreement_is_one_word_on_the_board_and_on_the_definition(
    client: Client, parted: int, word: str
) -> None:
    """One row, so that the board and the definition speak of the same answers."""
    make_criterion("sound")
    make_definition("sound", "sound")
    one, other = make_judge(), make_judge()
    for number in range(20):
        output = make_output()
        # Half are yes to the first judge, or all where nobody parts.
        first = "no" if parted and number % 2 else "yes"
        second = {"yes": "no", "no": "yes"}[first] if number < parted else first
        give(one, output, {"sound": first})
        give(other, output, {"sound": second})
    board = client.get("/leaderboards/sound/").text
    (said,) = re.findall(r'<td class="middling">([a-z ]+)</td>', board)
    page = client.get("/definitions/sound/").text
    (told,) = re.findall(r"<strong>([a-z ]+)</strong> <small[^>]*>\d+ of 20 pairs", page)
    assert (said, told) == (word, word)


def test_the_method_says_what_recomputing_takes(client: Client) -> None:
    page = " ".join(client.get("/about/method/").text.split())
    for words in (
        "√(C/(C−1)) · √(Σd²) / N",
        "outside 0 to 1 is cut off",
        "It is the criterion on which the score rests most weakly",
        "in it is unlike, also where both could not tell",
        "each share stands for one output to a prompt of its own",
        "Only definitions whose criteria were all asked on the output take part",
    ):
        assert words in page, words


def test_fidelity_is_one_figure_and_can_be_worked_out_from_its_file(client: Client) -> None:
    make_criterion("sound")
    make_criterion("short")
    both = make_definition("both", {"all": ["sound", "short"]})
    owner = make_user("owner", role="researcher")
    version = make_protocol(
        blocks=(make_block("sound", "short"),),
        definitions=(both,),
        asks_holistic=True,
        owner=owner,
    )
    first, second = (make_item(version, make_output()) for _ in range(2))
    given = [
        (first, {"sound": "yes", "short": "yes"}, "yes"),
        (first, {"sound": "no"}, "no"),
        (first, {"sound": "yes", "short": "yes"}, "no"),
        (second, {"sound": "no"}, "yes"),
        (second, {"sound": "yes"}, "yes"),
        (second, {"sound": "cannot-tell"}, "yes"),
        (second, {}, "yes"),
    ]
    for item, answers, said in given:
        judge = make_judge()
        if answers:
            serve(judge, item, answers)
        submit_judgment(
            judge=judge,
            output=item.output,
            direct=[Direct(version=both, value=said)],
            holistic=said,
            form_token=uuid.uuid4(),
            served=Served(item=item, page="said"),
        )
    spoken = spoken_on(current_matrix())
    for holistic, found in enumerate(fidelity_of(version)):
        on_site = fidelity_to(both, spoken, holistic=bool(holistic))
        assert on_site is not None
        assert (found.table, found.share) == (on_site.table, on_site.share)
        # Three judges of four settled answers part once on the first output, one on the second.
        assert (found.pairs, found.settled, found.undetermined) == (5, 4, 1)
        assert found.share is not None
        assert found.share.estimate == pytest.approx((2 / 3 + 0) / 2)
    rows = client.get("/definitions/fidelity/judgments.json").json()["rows"]
    assert len({row["judge"] for row in rows}) == 5
    for figure in client.get("/definitions/fidelity.json").json()["rows"]:
        equal = defaultdict(list)
        for row in rows:
            settled = "cannot-tell" not in (row["said"], row["computed"])
            if row["road"] == figure["road"] and settled:
                equal[row["output"]].append(row["said"] == row["computed"])
        shares = [sum(each) / len(each) for each in equal.values()]
        assert figure["share"] == pytest.approx(sum(shares) / len(shares))
    client.force_login(owner)
    for path in (
        "/definitions/fidelity/",
        "/definitions/both/",
        f"/protocols/{version.protocol.slug}/progress/",
    ):
        page = client.get(path).text
        assert "mean over outputs of each output’s share of judgments" in page, path
