from typing import Any

from django.core.management.base import BaseCommand

from evaluations.debates.loading import load_arguments
from evaluations.definitions.loading import load_criteria, load_definitions
from evaluations.judgments.protocols.loading import load_blocks, load_default_protocol
from evaluations.prompts.loading import load_prompts
from evaluations.runs.loading import load_models


class Command(BaseCommand):
    help = (
        "Load the catalogue: criteria, definitions, prompts, models, recipes, blocks, protocol, "
        "arguments."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(
            f"Catalogue: {load_criteria()} new criterion wordings, "
            f"{load_definitions()} new definition versions, {load_prompts()} new prompts, "
            f"{load_models()} new models and recipes, {load_blocks()} new blocks, "
            f"{load_arguments()} new arguments."
        )
        load_default_protocol()
