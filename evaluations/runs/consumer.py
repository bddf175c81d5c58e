"""The inference worker's own thread: takes rows from the queue, drives the engine, stores results.

Three threads share a `Consumer`: the loop that owns the engine, the heart that renews leases
while the engine makes progress, and Celery's, which only rings the bell. The loop also polls, so
a dead broker does not idle the device.
"""

import socket
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from decimal import Decimal

import structlog
from django.conf import settings
from django.db import close_old_connections, connection

from evaluations.inference import memory
from evaluations.inference.engine import (
    Engine,
    EngineFatal,
    ModelPaused,
    ModelUnavailable,
    Request,
    RequestRefused,
    Result,
)
from evaluations.runs import queue
from evaluations.runs.building.first_words import Teller
from evaluations.runs.device_lock import DeviceLock
from evaluations.runs.devices import counted, heart, metrics
from evaluations.runs.devices.room import short_of_memory
from evaluations.runs.endpoints.costs import spent_in_vain, spent_on
from evaluations.runs.engines import load
from evaluations.runs.models import LanguageModel
from evaluations.runs.recipes.asking import Asking
from evaluations.runs.workers import DATABASE_TROUBLE

log = structlog.get_logger(__name__)

POLL_SECONDS = 2.0
CHECK_SECONDS = 1.0
FLUSH_SECONDS = 0.5
FLUSH_ROWS = 20
GRACE_SECONDS = 8.0
# What an idle worker may hold.
RESTING_BYTES = 400_000_000
SHORT_PAUSE_SECONDS = 60.0

Loader = Callable[[LanguageModel], Engine]


@dataclass
class Consumer:
    """Works off the queue with one engine at a time until told to stop.

    `replace` is called when an idle worker gave its model up and still holds much: what libraries
    and devices keep goes with the process alone.
    """

    loader: Loader = load
    replace: Callable[[], None] | None = None
    owner: str = field(default_factory=lambda: f"{socket.gethostname()}:{uuid.uuid4().hex[:12]}")

    def __post_init__(self) -> None:
        self.bell = threading.Event()
        self.stopping = threading.Event()
        self.ended = threading.Event()
        self.engine: Engine | None = None
        self.model: LanguageModel | None = None
        self.asking = Asking()
        self.claims: dict[int, queue.Claim] = {}
        self.results: deque[Result] = deque()
        self.finished: list[queue.Written] = []
        self.flushed_at = self.checked_at = time.monotonic()
        self.looked_at = 0.0
        self.worked_at = time.monotonic()
        self.began_with = memory.resident()
        self.place_free = True
        self.busy_loading, self.grading = False, 0
        self.device = ""
        self.lock = DeviceLock(settings.INFERENCE_DEVICE or "default")
        self.waits_for_device = False
        self.teller = Teller(self.owner)

    # Running and stopping -----------------------------------------------------------------

    def start(self) -> None:
        """Start the loop and the heart; returns at once."""
        threading.Thread(target=self.run, name="inference", daemon=True).start()
        threading.Thread(target=heart.beat, args=(self,), name="heart", daemon=True).start()

    def stop(self, timeout: float = GRACE_SECONDS + 4) -> None:
        """Stop claiming, finish what can be finished within the grace, release the rest."""
        self.stopping.set()
        self.bell.set()
        self.ended.wait(timeout)

    def run(self) -> None:
        deadline: float | None = None
        try:
            while True:
                if self.stopping.is_set():
                    deadline = deadline or time.monotonic() + GRACE_SECONDS
                    if not self.claims or time.monotonic() > deadline:
                        return
                try:
                    worked = self.has_device() and self.turn()
                except DATABASE_TROUBLE as error:
                    log.warning("The database is out of reach; trying again.", error=str(error))
                    close_old_connections()
                    worked = False
                except Exception as error:
                    # The thread must not die silently: what is in flight goes back, uncharged
                    # unless it was alone, and the loop goes on.
                    log.exception("The inference loop met an unexpected error.")
                    self.give_everything_back(f"{type(error).__name__}: {error}")
                    worked = False
                if worked:
                    self.worked_at = time.monotonic()
                else:
                    self.rest()
                    self.bell.wait(POLL_SECONDS)
                    self.bell.clear()
        finally:
            self.leave()

    def rest(self) -> None:
        """Give the model up, and its memory, once nothing was asked for a while."""
        idle = time.monotonic() - self.worked_at
        if self.claims or not 0 < settings.INFERENCE_IDLE_SECONDS <= idle:
            return
        if self.engine is not None:
            self.drop_engine()
            log.info("Nothing waits; the model was unloaded.", resident=memory.resident())
        if self.replace and memory.resident() > max(RESTING_BYTES, 1.2 * self.began_with):
            self.replace()

    def give_everything_back(self, reason: str) -> None:
        """`engine_died`, when the database may be out of reach too: leases then run out."""
        try:
            self.engine_died(reason)
        except DATABASE_TROUBLE as error:
            log.warning("Rows could not be given back; their leases run out.", error=str(error))
            close_old_connections()
            self.claims.clear()
            self.finished.clear()
            self.drop_engine()

    def has_device(self) -> bool:
        """Whether this worker holds its device; says once when another one does."""
        if self.claims or self.lock.acquire():
            self.waits_for_device = False
            return True
        if not self.waits_for_device:
            log.warning("Another worker uses this device; waiting for it.", device=self.lock.name)
        self.waits_for_device = True
        return False

    def leave(self) -> None:
        """Store what is finished, give back the rest, free the device."""
        try:
            self.flush(force=True)
            self.give_back(self.claims, "The worker was stopped.")
        except DATABASE_TROUBLE as error:
            log.warning("Leases could not be given back; they run out.", error=str(error))
        finally:
            self.drop_engine()
            self.lock.release()
            connection.close()
            self.ended.set()

    # One turn of the loop -----------------------------------------------------------------

    def turn(self) -> bool:
        """Claim, compute a little, store. True while there is more to do at once."""
        self.take_results()
        if not self.stopping.is_set():
            self.fill()
        if not self.claims:
            self.flush(force=True)
            return False
        assert self.engine is not None
        assert self.model is not None
        if why := short_of_memory(self.model):
            self.pause(ModelPaused(why, SHORT_PAUSE_SECONDS))
            return True
        try:
            self.results.extend(self.engine.step())
        except EngineFatal as error:
            self.engine_died(str(error))
            return True
        except ModelPaused as error:
            self.pause(error)
            return True
        self.take_results()
        self.flush()
        self.check()
        self.teller.tell(self.engine, self.claims)
        return True

    def fill(self) -> None:
        """Claim as many rows as the engine has room for, of the model whose turn it is."""
        if any(claim.alone for claim in self.claims.values()):
            return
        if self.engine and not self.claims and not self.engine.capacity:
            # It is asked no more, and what would have told why was cancelled.
            self.drop_engine()
        room = (self.engine.capacity if self.engine else 1) - len(self.claims)
        if room <= 0 or not self.worth_looking():
            return
        self.flush()  # before leases that ran out are taken back, its own too
        if lost := queue.sweep():
            metrics.count("lost", lost)
            self.check(at_once=True)
        turn = queue.next_model(self.model.pk if self.model else None)
        if turn is None:
            return
        changing = self.model is None or turn != self.model.pk or self.is_corrected(self.model)
        if changing and (self.claims or not self.change_model(turn)):
            return
        assert self.engine is not None
        room = self.engine.capacity - len(self.claims)
        claims = queue.claim(model=turn, owner=self.owner, count=room)
        if not claims and not self.claims:
            claims = queue.claim(model=turn, owner=self.owner, count=1, alone=True)
        for claim in claims:
            self.submit(claim)

    def is_corrected(self, loaded: LanguageModel) -> bool:
        """Whether a path or an engine was corrected since: what is loaded is another model."""
        stored = LanguageModel.objects.select_related("endpoint").filter(pk=loaded.pk).first()
        return stored is None or stored.loaded_as != loaded.loaded_as

    def worth_looking(self) -> bool:
        """Whether rows may have come: nothing is running, a place is new, or a second passed."""
        now = time.monotonic()
        if self.claims and not self.place_free and now - self.looked_at < CHECK_SECONDS:
            return False
        self.looked_at, self.place_free = now, False
        return True

    def change_model(self, pk: int) -> bool:
        """Load another model; when it cannot be had, its waiting outputs fail with the reason."""
        self.drop_engine()
        model = LanguageModel.objects.select_related("endpoint").get(pk=pk)
        self.busy_loading = True
        try:
            self.engine = self.loader(model)
        except ModelPaused as error:
            queue.pause(model=pk, reason=str(error), seconds=error.seconds)
            return False
        except Exception as error:
            log.error("The model cannot be loaded.", model=model.name, error=str(error))
            reason = (
                str(error)
                if isinstance(error, ModelUnavailable)
                else f"“{model.name}” cannot be loaded here: {type(error).__name__}: {error}"
            )
            counted.fail_waiting(model=pk, owner=self.owner, error=reason)
            return False
        finally:
            self.busy_loading = False
        self.model = model
        queue.resume(model=pk)
        return True

    def drop_engine(self) -> None:
        if self.engine is not None:
            self.engine.close()
        self.engine = self.model = None

    def submit(self, claim: queue.Claim, request: Request | None = None) -> None:
        """Hand a row to the engine, at its first stage or at another.

        One that it refuses fails at once, with the reason; of a plan what is written stands.
        """
        assert self.engine is not None
        if self.claims.pop(claim.id, None):  # a lease that ran out meanwhile, and was taken anew
            self.engine.cancel([str(claim.id)])
        try:
            self.engine.submit(request or self.asking.begin(claim))
            self.claims[claim.id] = claim
        except ValueError as error:
            refused = isinstance(error, RequestRefused)
            if refused and (made := self.asking.cut_short(claim, str(error))):
                self.finished.append(made)
            else:
                counted.fail(claim, error=str(error), final=True)

    def take_results(self) -> None:
        """Take what the engine finished, also what an earlier turn had no database for."""
        while self.results:
            # Off the list first: what then cannot be stored is not renewed, and so comes back.
            result = self.results.popleft()
            try:
                spent = spent_on(self.model, result) if result.tries else queue.NOTHING_SPENT
            except DATABASE_TROUBLE:
                # Nothing was done with it yet, and its reply is paid for.
                self.results.appendleft(result)
                raise
            self.take(result, spent)

    def take(self, result: Result, spent: queue.Spent) -> None:
        """Keep a result to be stored with the next batch; an error is charged to its row."""
        self.device = str(result.environment.get("device", self.device))
        self.place_free = True
        claim = self.claims.pop(int(result.id), None)
        if claim is None or result.stop_reason == "cancelled":
            metrics.count_cost(spent.cost)
            return
        if result.stop_reason == "error":
            why = result.error or "The engine reported an error."
            counted.fail(claim, error=why, final=result.final, spent=spent)
            return
        self.grading = claim.id
        try:
            after = self.asking.after(claim, result, spent)
        except DATABASE_TROUBLE:
            # It is held on to, and so is its reply, which may be paid for.
            self.claims[claim.id] = claim
            self.results.appendleft(result)
            raise
        except Exception as error:
            log.exception("A result could not be prepared for storing.", output=claim.id)
            counted.fail(claim, error=f"{type(error).__name__}: {error}", spent=spent)
            return
        finally:
            self.grading = 0
        if isinstance(after, queue.Written):
            self.finished.append(after)
            return
        metrics.count_cost(spent.cost)
        if after is not None:
            self.submit(claim, after)

    def engine_died(self, reason: str) -> None:
        """Give everything in flight back, each to be run alone; a lone row is charged."""
        log.error("The engine stopped.", error=reason, in_flight=len(self.claims))
        self.flush(force=True)
        if len(self.claims) == 1:
            (claim,) = self.claims.values()
            self.claims.clear()
            spent = spent_in_vain(self.engine, self.model, [claim.id])
            counted.fail(claim, error=reason, spent=spent.get(claim.id, queue.NOTHING_SPENT))
        else:
            self.give_back(self.claims, reason, alone=True)
        self.drop_engine()

    def pause(self, pause: ModelPaused) -> None:
        """Give everything in flight back uncharged: the model is at fault, not its outputs."""
        assert self.model is not None
        log.warning("The model is paused.", model=self.model.name, reason=str(pause))
        self.flush(force=True)
        queue.pause(model=self.model.pk, reason=str(pause), seconds=pause.seconds)
        self.give_back(self.claims, str(pause))
        self.drop_engine()

    def give_back(self, ids: Collection[int], why: str, *, alone: bool = False) -> None:
        """Release rows uncharged; the calls that were made in vain stand with their attempts."""
        try:
            for id, spent in spent_in_vain(self.engine, self.model, ids).items():
                counted.release(owner=self.owner, ids=[id], why=why, alone=alone, spent=spent)
            counted.release(owner=self.owner, ids=ids, why=why, alone=alone)
        finally:  # the engine has forgotten them: without a database their leases run out
            self.claims = {id: claim for id, claim in self.claims.items() if id not in ids}

    def flush(self, force: bool = False) -> None:
        """Store finished results in batches: twenty rows, or what half a second brought."""
        due = time.monotonic() - self.flushed_at >= FLUSH_SECONDS
        if self.finished and (force or due or len(self.finished) >= FLUSH_ROWS):
            accepted = queue.finish(self.finished)
            refused = len(self.finished) - accepted
            cost = sum((item.spent.cost or Decimal(0) for item in self.finished), Decimal(0))
            metrics.count("done", accepted, cost)
            metrics.count("refused", refused)
            log.info("Outputs written.", count=accepted, refused=refused)
            self.finished.clear()
            self.flushed_at = time.monotonic()

    def check(self, *, at_once: bool = False) -> None:
        """Give up rows of cancelled runs and rows that this worker holds no longer."""
        due = at_once or time.monotonic() - self.checked_at >= CHECK_SECONDS
        if not due or not self.claims:
            return
        self.checked_at = time.monotonic()
        lost, cancelled = queue.lost_or_cancelled(owner=self.owner, ids=self.claims)
        gone = lost | cancelled
        if gone:
            assert self.engine is not None
            self.engine.cancel([str(id) for id in lost])
            for id in lost:
                del self.claims[id]
            self.place_free = True
            self.give_back(cancelled, "The run was cancelled.")
