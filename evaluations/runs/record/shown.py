"""The record of one output, as its page shows it."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count

from evaluations.accounts.models import User
from evaluations.runs.actions import may_steer
from evaluations.runs.endpoints.costs import with_cost
from evaluations.runs.models import Output, Response, SentPrompt
from evaluations.runs.record.promises import MEANS, promise_of
from evaluations.runs.records import usage_in_words


def record_of(output: Output, user: User | AnonymousUser) -> dict[str, Any]:
    """What was sent, what its seed promises, its attempts and their cost, and what a server said.

    Makes three queries. Its run, recipe and environment were joined.
    """
    data = output.environment.data if output.environment else {}
    promise = promise_of(data if isinstance(data, dict) else {})
    response = Response.objects.filter(output=output).defer("body").first()
    paid = with_cost(Output.objects.filter(pk=output.pk)).annotate(tries=Count("attempts"))
    cost, attempts = paid.values_list("cost", "tries").get()
    return {
        "sent": SentPrompt.objects.filter(digest=output.prompt_digest).first(),
        "greedy": output.run.recipe.is_greedy,
        "promise": promise,
        "means": MEANS[promise],
        "attempts": attempts,
        "cost": cost,
        "usage": usage_in_words(response.usage) if response else "",
        "has_response": response is not None,
        "may_read_response": response is not None and may_steer(output.run, user),
    }
