"""What a protocol's page and the site's pages both count, they count alike."""

import pytest
from django.test import Client

from evaluations.judgments.review.agreement import agreement_of
from evaluations.judgments.tests.cast import make_definition, make_judge
from evaluations.judgments.tests.review_cast import judged, make_judged_protocol

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


def test_the_method_says_what_recomputing_takes(client: Client) -> None:
    page = " ".join(client.get("/about/method/").text.split())
    for words in (
        "√(C/(C−1)) · √(Σd²) / N",
        "outside 0 to 1 is cut off",
        "It is the criterion on which the score rests most weakly",
        "in it is unlike, also where both could not tell",
        "Only definitions whose criteria were all asked on the output take part",
    ):
        assert words in page, words
