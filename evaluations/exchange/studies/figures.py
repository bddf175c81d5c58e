"""How much there is to take home, in the words of the site's lists."""

from typing import Final

from evaluations.accounts.visibility import Audience
from evaluations.exchange.studies.study import Study
from evaluations.judgments.models import Judgment
from evaluations.prompts.models import Prompt
from evaluations.runs.models import Output

OF_THE_SITE: Final = ("Prompts", "Outputs", "Judgments of outputs")
"""What is counted of the whole site, in the order of its pages; JSON in the database has none."""


def figures_of(study: Study) -> dict[str, int]:
    """What it counts to how many, in three queries that cost little.

    Of the whole site, prompts and outputs are those of their lists: without what is archived, or
    failed, which files have beside them. Judgments are those that go out.
    """
    is_all = study.kind == "site"
    prompts = Prompt.objects.on_page_of_all(None) if is_all else study.prompts
    if is_all:
        # Of all there are, what is told is counted far faster by its protocol than one by one.
        written = Output.objects.finished()
        told = Judgment.objects.under_what_is_told().filter(
            output__run__visibility=Audience.PUBLIC,
            output__run__purpose="answers",
            output__run__withdrawn_at=None,
            output__withdrawn_at=None,
        )
    else:
        written, told = study.outputs.written(), study.told_judgments
    return {
        "Prompts": prompts.order_by().count(),
        "Outputs": written.count(),
        "Judgments of outputs" if is_all else "Judgments": study.going_out(told).count(),
    }
