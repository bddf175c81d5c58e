"""The record of one output, as its page shows it."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Q

from evaluations.accounts.models import User
from evaluations.runs.actions import may_steer
from evaluations.runs.endpoints.costs import with_cost
from evaluations.runs.models import Output, Response, SentPrompt
from evaluations.runs.record.likely import likelihood_of
from evaluations.runs.record.promises import MEANS, promise_of
from evaluations.runs.records import counted_in, usage_in_words

OF_UNKNOWN_COST = Q(attempts__cost=None) & (
    Q(attempts__calls__isnull=False) | Q(attempts__outcome="lost")
)


def record_of(output: Output, user: User | AnonymousUser) -> dict[str, Any]:
    """What was sent, what its seed promises, its attempts and their cost, and what a server said.

    Makes four queries. Its run, recipe and environment were joined.
    """
    data = output.environment.data if output.environment else {}
    promise = promise_of(data if isinstance(data, dict) else {})
    response = Response.objects.filter(output=output).defer("body").first()
    # Of an imported output it is what the log counted, and no server sent anything.
    usage = response.usage if response else {}
    counted = counted_in(usage)
    said = {name: value for name, value in usage.items() if name not in counted}
    sent_here = response is not None and output.origin_key is None
    paid = with_cost(Output.objects.filter(pk=output.pk)).annotate(
        tries=Count("attempts"), unknown=Count("attempts", filter=OF_UNKNOWN_COST)
    )
    cost, attempts, unknown = paid.values_list("cost", "tries", "unknown").get()
    return {
        "sent": SentPrompt.objects.filter(digest=output.prompt_digest).first(),
        "greedy": output.run.recipe.is_greedy,
        "promise": promise,
        "means": MEANS[promise],
        "attempts": attempts,
        "cost": cost,
        "unknown": unknown,
        "likelihood": likelihood_of(output),
        "usage": usage_in_words(counted),
        "log_says": usage_in_words(said) if said and may_steer(output.run, user) else "",
        "has_response": sent_here,
        "may_read_response": sent_here and may_steer(output.run, user),
    }
