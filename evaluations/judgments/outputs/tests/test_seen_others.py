"""What seeing others' answers does to a blind one, and that pages say so before it is changed."""

import pytest
from django.test import Client

from evaluations.judgments.tests.cast import (
    give,
    make_criterion,
    make_judge,
    make_model,
    make_output,
    make_prompt,
    make_recipe,
    make_run,
    make_user,
)
from evaluations.judgments.tests.form import text_of

pytestmark = pytest.mark.django_db

TOLD = "the change takes its place, and neither counts on those boards"


def test_each_page_says_before_saving_what_becomes_of_a_blind_answer(client: Client) -> None:
    make_criterion("sound")
    make_criterion("clear", level="prompt")
    user = make_user()
    client.force_login(user)
    judge, prompt = make_judge(user=user), make_prompt("lamp")
    output = make_output(prompt=prompt)
    other = make_output(prompt=prompt, run=make_run(make_model("other"), make_recipe("slowly")))
    alone = make_output(prompt=prompt, run=make_run(make_model("third")))
    give(judge, output, {"sound": "yes"})
    give(make_judge(), output, {"sound": "no"})
    about = (
        f"/judge/{output.pk}/?criteria=sound",
        f"/judge/{other.pk}/?criteria=sound,clear",
        f"/judge/pair/?left={output.pk}&right={other.pk}",
        f"/judge/prompt/{prompt.slug}/?criteria=clear",
    )
    page = f"/outputs/{output.pk}/"
    assert "Show answers" in text_of(Client().get(page))
    assert TOLD in text_of(Client().get(page)), "before they are shown"
    assert [TOLD in text_of(client.get(url, follow=True)) for url in about] == [False] * 4
    assert TOLD in text_of(client.get(page))
    assert [TOLD in text_of(client.get(url, follow=True)) for url in about] == [True] * 4
    assert TOLD not in text_of(client.get(f"/judge/{alone.pk}/?criteria=sound"))
    # It is so: what is repeated stays blind, and nothing blind is left of what is changed.
    for value, blind in (("yes", True), ("no", False)):
        give(judge, output, {"sound": value})
        in_force = judge.answers.get(is_current=True)
        assert (in_force.value, in_force.judgment.blind) == (value, blind)
