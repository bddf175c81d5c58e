"""The embedded broker: kombu's filesystem transport without its races.

Kombu creates a message's file before it writes to it, and the same with its tables of bindings. A
reader that looks in between finds nothing in the file and fails, and the Celery worker ends with
it (celery/kombu issue 1551). Here a file appears under its name only when it is complete. One that
holds no message that kombu and Celery can read is set aside in a folder beside.
"""

import fcntl
import os
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from queue import Empty
from typing import Any

import structlog
from kombu.exceptions import ChannelError
from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps, loads

log = structlog.get_logger(__name__)


class Channel(filesystem.Channel):
    """Messages are files named TIME_UUID.QUEUE.msg in one folder."""

    def _put(  # type: ignore[override]  # its two parents differ
        self, queue: str, payload: dict[str, Any], **kwargs: Any
    ) -> None:
        folder = Path(self.data_folder_out)
        name = f"{time.time_ns()}_{uuid.uuid4()}.{queue}.msg"
        draft = folder / f"{name}.new"
        try:
            draft.write_text(dumps(payload), encoding="utf-8")
            draft.rename(folder / name)
        except OSError as error:
            raise ChannelError(f"Cannot add {name} to {folder}: {error}") from error

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        while True:
            with self._claimed(queue) as file:
                return loads(file.read_text(encoding="utf-8"))

    def _get_and_deliver(self, queue: str, callback: Callable[[Any, str], None]) -> None:
        with self._claimed(queue) as file:
            message = loads(file.read_text(encoding="utf-8"))
            try:
                callback(message, queue)
            except Exception:
                # Not handled, but done with: else it takes the place of another one for ever.
                self.qos.ack(message["properties"]["delivery_tag"])
                raise

    @contextmanager
    def _claimed(self, queue: str) -> Iterator[Path]:
        """The oldest message of a queue, gone afterwards. Errors set it aside, and end here."""
        file = self._claim(queue)
        try:
            yield file
        except Exception as error:  # not written by us, so kombu or Celery can stumble anywhere
            folder = file.parent.with_name("set-aside")
            folder.mkdir(exist_ok=True)
            kept = str(file.rename(folder / file.name))
            log.warning("Set aside a message that cannot be read.", kept=kept, error=repr(error))
        else:
            file.unlink()

    def _claim(self, queue: str) -> Path:
        folder = Path(self.data_folder_in)
        for name in sorted(os.listdir(folder)):
            if name.partition(".")[2] != f"{queue}.msg":
                continue
            claimed = folder / f"{name}.{uuid.uuid4()}"
            try:
                # In the same folder, so that it is atomic: one of several readers wins.
                return (folder / name).rename(claimed)
            except FileNotFoundError:
                continue
        raise Empty

    def get_table(self, exchange: str) -> Any:
        with self._tables_locked():
            return super().get_table(exchange)

    def _queue_bind(self, exchange: str, *args: Any, **kwargs: Any) -> None:
        with self._tables_locked():
            super()._queue_bind(exchange, *args, **kwargs)

    def _delete(self, queue: str, exchange: str, *args: Any, **kwargs: Any) -> None:
        with self._tables_locked():
            super()._delete(queue, exchange, *args, **kwargs)

    @contextmanager
    def _tables_locked(self) -> Iterator[None]:
        with (Path(self.control_folder) / "tables.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


class Transport(filesystem.Transport):
    Channel = Channel


def register() -> None:
    """Let `filesystem://` mean this transport in the present process."""
    TRANSPORT_ALIASES["filesystem"] = f"{__name__}:Transport"


def clear(options: Mapping[str, Any]) -> None:
    """Forget all messages and bindings of a broker that nobody uses at the moment.

    Killed workers leave queues behind that would be filled for ever and never read.
    """
    for folder in {options["data_folder_in"], options["control_folder"]}:
        for file in Path(folder).iterdir():
            if file.is_file():
                file.unlink()
