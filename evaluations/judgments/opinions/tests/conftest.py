"""The protocol and the model that tests of model judges begin with."""

import pytest

from evaluations.judgments.models import ProtocolVersion
from evaluations.judgments.opinions.tests.opinion_cast import make_judging_model
from evaluations.judgments.tests.cast import make_block, make_criterion, make_output
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.runs.models import LanguageModel


@pytest.fixture
def version() -> ProtocolVersion:
    """A protocol that asks two questions about two outputs."""
    make_criterion("sound")
    make_criterion("short")
    made = make_protocol(blocks=(make_block("sound", "short"),))
    for _ in range(2):
        make_item(made, make_output())
    return made


@pytest.fixture
def model() -> LanguageModel:
    return make_judging_model()
