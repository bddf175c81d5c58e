"""How far a run is: its state, its counts, its pace, the time that is left; a model's trial."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import models
from django.db.models import Max

from evaluations.runs.models import LanguageModel, Output, OutputState, Run
from evaluations.runs.workers import alive

LAST_OUTPUTS = 20
LONGEST_ERROR = 80
LONGEST_WINDOW = dt.timedelta(minutes=10)


class RunState(models.TextChoices):
    WAITING = "waiting", "waiting"
    RUNNING = "running", "running"
    FINISHED = "finished", "finished"
    WITH_FAILURES = "finished-with-failures", "finished with failures"
    CANCELLED = "cancelled", "cancelled"
    PAUSED = "paused", "paused"


def run_state(
    *,
    waiting: int,
    running: int,
    done: int,
    failed: int,
    cancelled: int,
    stopped: bool,
    paused: bool = False,
) -> RunState:
    """The state of a run, from the states of its outputs.

    Args:
        stopped: somebody cancelled the run. A run that had written everything by then is
            finished all the same.
        paused: no worker takes what waits; what is being written is written to its end.
    """
    unfinished = waiting + running
    if (cancelled and not unfinished) or (stopped and (cancelled or unfinished)):
        return RunState.CANCELLED
    if not unfinished:
        return RunState.WITH_FAILURES if failed else RunState.FINISHED
    if paused and waiting:
        return RunState.PAUSED
    return RunState.RUNNING if running or done or failed else RunState.WAITING


@dataclass(frozen=True, kw_only=True)
class RunProgress:
    """Counts of a run's outputs by state."""

    waiting: int
    running: int
    done: int
    failed: int
    cancelled: int
    stopped: bool
    paused: bool = False

    @classmethod
    def of(cls, run: Run) -> "RunProgress":
        """The progress of a run that was read `with_progress`; makes no query."""
        names = ("total", "waiting", "running", "done", "failed")
        counts: dict[str, int] = {name: getattr(run, name) for name in names}
        total = counts.pop("total")
        return cls(
            **counts,
            cancelled=total - sum(counts.values()),
            stopped=run.cancelled_at is not None,
            paused=run.paused_at is not None,
        )

    @property
    def total(self) -> int:
        return self.waiting + self.running + self.done + self.failed + self.cancelled

    @property
    def unfinished(self) -> int:
        """Outputs that may still be written."""
        return self.waiting + self.running

    @property
    def state(self) -> RunState:
        return run_state(
            waiting=self.waiting,
            running=self.running,
            done=self.done,
            failed=self.failed,
            cancelled=self.cancelled,
            stopped=self.stopped,
            paused=self.paused,
        )

    @property
    def can_pause(self) -> bool:
        return self.waiting > 0 and not self.stopped and not self.paused

    @property
    def can_go_on(self) -> bool:
        """It is paused, and something waits for the end of the pause."""
        return self.waiting > 0 and not self.stopped and self.paused

    @property
    def can_cancel(self) -> bool:
        return self.unfinished > 0 and not self.stopped

    @property
    def can_resume(self) -> bool:
        """Something failed or was cancelled, so queueing it again has a meaning."""
        return self.failed + self.cancelled > 0


@dataclass(frozen=True)
class Finish:
    """One output's end: when, after how many seconds of writing, with how many tokens."""

    at: dt.datetime
    seconds: float
    tokens: int


@dataclass(frozen=True)
class Pace:
    """Outputs and tokens per second of wall clock."""

    outputs: float
    tokens: float

    def seconds_for(self, outputs: int) -> float:
        return outputs / self.outputs


def pace(finishes: Sequence[Finish]) -> Pace | None:
    """The pace of the last outputs; None when there is nothing to go by.

    The clock runs from the moment at which the first of them began to be written, so outputs
    written side by side count as such. A pause longer than `LONGEST_WINDOW`, such as a night
    without a worker, is left out.
    """
    if not finishes:
        return None
    newest = max(finish.at for finish in finishes)
    recent = [finish for finish in finishes if newest - finish.at <= LONGEST_WINDOW]
    began = min(finish.at - dt.timedelta(seconds=finish.seconds) for finish in recent)
    elapsed = (newest - began).total_seconds()
    if elapsed <= 0:
        return None
    return Pace(len(recent) / elapsed, sum(finish.tokens for finish in recent) / elapsed)


def pace_of(run: Run) -> Pace | None:
    """The pace of a run's last outputs. Makes one query."""
    rows = (
        run.outputs.filter(state=OutputState.DONE, reused_from=None)
        .order_by("-finished_at")
        .values_list("finished_at", "seconds", "tokens_out")[:LAST_OUTPUTS]
    )
    return pace([Finish(at, seconds or 0, tokens or 0) for at, seconds, tokens in rows if at])


def in_words(seconds: float) -> str:
    """A duration to be read after "about": 40 seconds, 3 minutes, 2 hours."""
    for size, name, least in ((3600, "hour", 5400), (60, "minute", 55)):
        if seconds >= least:
            count = round(seconds / size)
            return f"{count} {name}{'' if count == 1 else 's'}"
    return f"{max(10, round(seconds, -1)):.0f} seconds"


def worker_is_alive() -> bool:
    """Whether a worker that writes outputs was heard of lately."""
    return alive().filter(kind="inference").exists()


def progress_tag(run: Run, progress: RunProgress, *extra: object) -> str:
    """A tag that changes whenever a page about this run's progress would. Makes one query.

    Args:
        extra: whatever else the page depends on.
    """
    newest = Output.objects.filter(run=run).aggregate(newest=Max("finished_at"))["newest"]
    parts = (run.pk, run.cancelled_at, run.withdrawn_at, progress, newest, *extra)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:20]


@dataclass(frozen=True, kw_only=True)
class Trial:
    """How the newest trial of a model ended; `mark` is empty where its outputs say enough.

    A trial is a run of its own purpose, so nothing judges or counts it. One of a model whose path
    or engine was corrected since is withdrawn: the mark is true of the model as it is.
    `state` is empty where it was never tried. `reply` is what it wrote, `error` why it wrote
    nothing.
    """

    state: str
    mark: str
    reply: str = ""
    error: str = ""

    @property
    def is_under_way(self) -> bool:
        return self.state in (OutputState.PENDING, OutputState.LEASED)


def trial_of(model: LanguageModel) -> Trial:
    """The trial of a model that was read `with_trial`; makes no query."""
    row = vars(model)
    state = row["trial_state"] or ""
    match state:
        case OutputState.DONE:
            mark = f"tried on {row['trial_at']:%-d %B %Y}"
            return Trial(state=state, mark=mark, reply=row["trial_text"])
        case OutputState.FAILED:
            error = row["trial_error"]
            short = error if len(error) <= LONGEST_ERROR else f"{error[:LONGEST_ERROR]}…"
            return Trial(state=state, mark=f"failed: {short}", error=error)
        case OutputState.PENDING:
            return Trial(state=state, mark="waiting to be tried")
        case OutputState.LEASED:
            return Trial(state=state, mark="being tried now")
    return Trial(state="", mark="" if row["is_used"] else "never tried")
