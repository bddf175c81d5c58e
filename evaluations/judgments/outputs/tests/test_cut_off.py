"""The page of an output whose text the token limit ended."""

import pytest
from django.test import Client

from evaluations.judgments.tests.cast import make_output

pytestmark = pytest.mark.django_db


def test_the_end_of_a_text_that_was_cut_off_says_so(client: Client) -> None:
    cut = make_output(answer="So the lamp", text="So the lamp", stop_reason="length")
    page = client.get(cut.get_absolute_url()).content.decode()
    assert 'So the lamp</div><p class="note">Cut off here by the token limit.</p>' in page
    whole = make_output(answer="So the lamp")
    assert "Cut off here" not in client.get(whole.get_absolute_url()).content.decode()
