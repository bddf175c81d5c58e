from typing import Any

from django.core.management.base import BaseCommand

from evaluations.definitions.catalogue.gaps import unparted, worked_cases
from evaluations.definitions.logic import pattern_in_words, pattern_of, stated_version
from evaluations.definitions.models import DefinitionVersion
from evaluations.definitions.rule_editor import criteria_in_force, titles_of


class Command(BaseCommand):
    help = "List the pairs of curated definitions that no worked case parts, and what would."

    def handle(self, *args: Any, **options: Any) -> None:
        versions = list(DefinitionVersion.objects.curated().with_pins())
        titles = titles_of(criteria_in_force())
        gaps = unparted(versions)
        pairs = len(versions) * (len(versions) - 1) // 2
        self.stdout.write(
            f"{len(worked_cases())} worked cases part {pairs - len(gaps)} of {pairs} pairs."
        )
        for one, other in gaps:
            self.stdout.write(f"{one.definition.name} | {other.definition.name}")
            rules = stated_version(one), stated_version(other)
            for name, pattern in (
                (one.definition.name, pattern_of(*rules)),
                (other.definition.name, pattern_of(*rules[::-1])),
            ):
                if pattern is not None:
                    self.stdout.write(f"  only {name}: {pattern_in_words(pattern, titles)}")
