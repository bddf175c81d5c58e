"""A small seeded study: a protocol about what three models wrote, judged by five people."""

import random
from typing import Any

from evaluations.accounts.models import User
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.answers.actions import Served
from evaluations.judgments.models import Item, Judge, Protocol, ProtocolVersion, Way
from evaluations.judgments.tests.cast import (
    classify,
    give,
    make_block,
    make_criterion,
    make_definition,
    make_judge,
    make_model,
    make_output,
    make_prompt,
    make_recipe,
    make_run,
    make_user,
)
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.prompts.models import Family
from evaluations.runs.models import Output

RULES: dict[str, Any] = {
    "strict": {"all": ["one", "two"]},
    "lax": {"any": ["one", "two"]},
    "single": "one",
}
LEANS = {"ape": 0.9, "bee": 0.5, "cow": 0.05}


def served(item: Item) -> Served:
    return Served(item=item, page="block:first", way=Way.SERVED)


class StudyWorld:
    """`protocol` was judged on eighteen prompts; every output has two or three judges."""

    def __init__(self, seed: int = 11, prompts: int = 18) -> None:
        chance = random.Random(seed)
        make_criterion("one")
        make_criterion("two", process=True)
        make_block("one", "two")
        self.versions: list[DefinitionVersion] = [
            make_definition(slug, rule) for slug, rule in RULES.items()
        ]
        self.owner: User = make_user("owner", role="researcher")
        self.version: ProtocolVersion = make_protocol(
            "small", owner=self.owner, definitions=tuple(self.versions[:1])
        )
        self.judges: list[Judge] = [make_judge() for _ in range(5)]
        family = Family.objects.create(slug="family")
        asked = [
            make_prompt(family=family if n < 3 else None, reference="somebody", grader="contains")
            for n in range(prompts)
        ]
        recipe = make_recipe("plain")
        self.outputs: list[Output] = []
        for model, lean in LEANS.items():
            run = make_run(make_model(model, licence="Apache-2.0"), recipe)
            for prompt in asked:
                output = make_output(run=run, prompt=prompt, grade=chance.choice([0.0, 1.0]))
                self.outputs.append(output)
                item = make_item(self.version, output)
                truth = chance.random() < lean
                for judge in chance.sample(self.judges, chance.choice([2, 3])):
                    give(judge, output, self.said(chance, truth), served=served(item))
        classify(self.judges[0], self.outputs[0], self.versions[0], "yes")

    @property
    def protocol(self) -> Protocol:
        return self.version.protocol

    def said(self, chance: random.Random, truth: bool) -> dict[str, str]:
        right = "yes" if truth else "no"
        others = ("partly", "cannot-tell", "no", "yes")
        return {
            key: right if chance.random() < 0.8 else chance.choice(others) for key in ("one", "two")
        }
