"""A report that comes back shows the output's page again, others' answers included."""

import pytest
from django.test import Client

from evaluations.judgments.models import Reveal
from tests.cast import give, make_block, make_criterion, make_judge, make_output, make_user

pytestmark = pytest.mark.django_db


def test_seeing_others_answers_with_it_is_recorded(client: Client) -> None:
    make_criterion("sound")
    make_block("sound")
    output, user = make_output(), make_user("reader")
    client.force_login(user)
    give(make_judge(user=user), output, {"sound": "yes"})
    give(make_judge(), output, {"sound": "no"})
    client.head(f"/outputs/{output.pk}/")
    assert not Reveal.objects.exists(), "nothing was shown"
    assert client.post(f"/outputs/{output.pk}/report/", {"reason": "boring"}).status_code == 422
    assert Reveal.objects.get().judge.user == user
