"""What people elsewhere said of imported outputs: labels of steps, first errors, votes.

It is kept under judges who stand for them. Labels are shown with the output, beside ours, and
compared with ours where a protocol asks for steps; votes answer another question than ours
("which do you prefer?"). Neither is counted in any figure of this site.
"""

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from evaluations.exchange.loading.copied import copy_labels
from evaluations.exchange.loading.shelves import Source
from evaluations.exchange.loading.sieve import Sieve, labeller_of
from evaluations.exchange.readers.records import Record, Vote
from evaluations.judgments.answers.step_labels import IMPORTED
from evaluations.judgments.models import (
    Comparison,
    FirstError,
    Judge,
    JudgeKind,
    Judgment,
    Preference,
    Way,
)
from evaluations.runs.models import Output, Step

AS_IMPORTED: Final = 0
"""Segmentation version of steps that came with the data; versions from 1 are cut here."""
SIDES: Final = {
    "left": Preference.LEFT,
    "right": Preference.RIGHT,
    "same": Preference.TIE,
    "neither": Preference.NEITHER,
}


@dataclass
class Marks:
    """Stores what came with outputs; makes each judge once."""

    source: Source
    _judges: dict[str, Judge] = field(default_factory=dict)
    _votes: Counter[tuple[int, int]] = field(default_factory=Counter)

    def judge(self, name: str) -> Judge:
        if name not in self._judges:
            self._judges[name], _ = Judge.objects.get_or_create(kind=JudgeKind.IMPORTED, name=name)
        return self._judges[name]

    def voter(self, number: int) -> Judge:
        """Who gave the vote with this number about a pair: nobody votes about one twice."""
        beside = f", {number}" if number > 1 else ""
        name = f"votes in {self.source.stem[:50]} ({self.source.sha256[:8]}){beside}"
        return self.judge(name)

    def label(self, labelled: Iterable[tuple[int, Record]]) -> None:
        """Store the labels of records about outputs with these keys, whose steps are stored.

        Rows are written at once instead of one by one: no form was sent here, no item was served.
        """
        said = [(key, record) for key, record in labelled if record.labeller]
        if not said:
            return
        steps = Step.objects.filter(
            output__in=[key for key, _ in said], segmentation=AS_IMPORTED
        ).order_by()
        step_at = {
            (output, index): step
            for output, index, step in steps.values_list("output", "index", "pk")
        }
        page = f"{IMPORTED}{self.source.format}"
        judgments = Judgment.objects.bulk_create(
            [
                Judgment(
                    judge=self.judge(labeller_of(record)),
                    output_id=key,
                    form_token=uuid.uuid4(),
                    page=page,
                )
                for key, record in said
            ],
            batch_size=500,
        )
        labels: list[tuple[int, int, int, int]] = []
        errors: list[FirstError] = []
        for judgment, (key, record) in zip(judgments, said, strict=True):
            rated = [
                (judgment.pk, judgment.judge_id, step_at[key, index], step.rating)
                for index, step in enumerate(record.steps)
                if step.rating is not None
            ]
            labels += rated
            if record.first_error is not None or not rated:
                errors.append(
                    FirstError(
                        judgment=judgment,
                        judge=judgment.judge,
                        output_id=key,
                        segmentation=AS_IMPORTED,
                        step_id=None
                        if record.first_error is None
                        else step_at[key, record.first_error],
                    )
                )
        copy_labels(labels)
        FirstError.objects.bulk_create(errors, batch_size=500)

    def vote(self, votes: Iterable[Vote], sieve: Sieve, since: int) -> int:
        """Store votes about outputs, one of them newer than the key *since*; returns how many."""
        votes = list(votes)
        if not votes:
            return 0
        keys = {
            origin.key: sieve.key_at(origin.key)
            for vote in votes
            for origin in (vote.left, vote.right)
        }
        stored = dict(
            Output.objects.filter(origin_key__in=keys.values()).values_list("origin_key", "pk")
        )
        rows = []
        for vote in votes:
            sides = [stored.get(keys[origin.key]) for origin in (vote.left, vote.right)]
            left, right = sides
            if left is None or right is None or max(left, right) <= since:
                continue
            pair = min(left, right), max(left, right)
            self._votes[pair] += 1
            rows.append(
                Comparison(
                    judge=self.voter(self._votes[pair]),
                    left_id=left,
                    right_id=right,
                    value=SIDES[vote.side],
                    way=Way.SERVED,
                )
            )
        return len(Comparison.objects.bulk_create(rows, batch_size=500))
