"""What somebody keeps from everybody: private and unlisted sets, runs, protocols, with judgments.

Laid upon the site of `permission_world.py` it must change no page of anybody else.
"""

from typing import Any

from django.test import Client

from evaluations.accounts.models import User
from evaluations.judgments.answers.actions import Served
from evaluations.judgments.models import Block, Comparison, Judge, Member, Protocol
from evaluations.judgments.tests import cast
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.prompts.models import Prompt, PromptSet
from evaluations.runs.models import Output, Run
from tests.permission_world import World

MARKER = "zyzzyva"
"""Stands in every text of what is hidden, and nowhere else."""


class Hidden:
    """One of everything at one level, its owner and somebody who is invited to all of it."""

    def __init__(self, world: World, level: str) -> None:
        self.world, self.level = world, level
        self.owner = cast.make_user(f"owner-{level}", role="researcher")
        self.invited = cast.make_user(f"invited-{level}")
        self.judge = cast.make_judge(user=self.owner)
        self.open_output = Output.objects.get(pk=world.given["output_id"])
        name = f"{MARKER}-{level}"
        self.set = PromptSet.objects.create(
            slug=name, title=f"Set {name}", domain=name, owner=self.owner, visibility=level
        )
        self.prompt = Prompt.objects.create(
            slug=name, prompt_set=self.set, title=f"Prompt {name}", text=f"What is {name}?",
            reference=f"Reference {name}", grader="exact", family=self.open_output.prompt.family,
        )  # fmt: skip
        self.run = self.run_of(self.set)
        self.output = self.written(self.run, self.prompt)
        # A run of a public set, equal to the public one and written before it.
        self.beside = self.run_of(self.open_output.run.prompt_set)
        self.twin = self.written(self.beside, self.open_output.prompt, seed=self.open_output.seed)
        block = Block.objects.get()
        self.terms = make_protocol(name, blocks=(block,), owner=self.owner)
        Protocol.objects.filter(pk=self.terms.protocol_id).update(visibility=level)
        self.terms.refresh_from_db()
        self.item = make_item(self.terms, self.output)
        self.judged()
        for thing in (self.set, self.run, self.beside):
            thing.readers.add(self.invited)
        Member.objects.create(
            protocol=self.terms.protocol, judge=cast.make_judge(user=self.invited)
        )

    def run_of(self, prompt_set: PromptSet) -> Run:
        like = self.open_output.run
        return Run.objects.create(
            model=like.model,
            recipe=like.recipe,
            prompt_set=prompt_set,
            launched_by=self.owner,
            visibility=self.level,
        )

    def written(self, run: Run, prompt: Prompt, **fields: Any) -> Output:
        trace, answer = f"Trace {MARKER}.", f"Answer {MARKER}."
        return cast.make_output(
            run=run, prompt=prompt, trace=trace, answer=answer, grade=1.0, tokens_out=7, **fields
        )

    def judged(self) -> None:
        """The owner and a model judge what is hidden, and strangers a public output under terms."""
        model = Judge.objects.filter(kind="model").first() or cast.make_judge("model")
        for output in (self.output, self.twin):
            cast.give(self.judge, output, {"one": "no", "asked": "yes"})
            cast.classify(self.judge, output, self.world.version, "no")
            cast.give(model, output, {"one": "no"})
        if self.level == "unlisted":
            cast.give(cast.make_judge("guest"), self.output, {"one": "no"})
        stranger = cast.make_judge()
        served = Served(item=make_item(self.terms, self.open_output), page="block", way="served")
        cast.give(stranger, self.open_output, {"one": "no", "asked": "yes"}, served=served)
        pair = make_item(self.terms, pair=(self.twin, self.open_output))
        Comparison.objects.create(
            judge=stranger, left=self.twin, right=self.open_output, value="left", item=pair
        )

    def address_of(self, name: str) -> str | None:
        """The address of a name with what is hidden where the world's thing would stand."""
        given, slugs, slug = self.world.given, self.world.slugs, self.prompt.slug
        numbers = {"output": self.output.pk, "run": self.run.pk, "item": self.item.pk}
        own = {f"{kind}_id": key for kind, key in numbers.items()}
        named = ("protocol", "opinion", "comparisons", "prompt-set", "prompt", "judge-prompt")
        self.world.given = {**given, **own}
        self.world.slugs = {**slugs, **dict.fromkeys(named, slug)}
        address = self.world.address_of(name)
        self.world.given, self.world.slugs = given, slugs
        return address


def client_of(person: User | None) -> Client:
    """A browser of somebody, with the same secret in its forms each time."""
    client = Client()
    client.cookies["csrftoken"] = "a" * 32
    if person is not None:
        client.force_login(person)
    return client
