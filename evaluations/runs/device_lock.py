"""One worker a device: held as an advisory lock for as long as the process lives."""

import socket
from types import TracebackType

import psycopg
from django.db import connection


class DeviceLock:
    """An advisory lock on a connection of its own, so that a killed worker frees it at once."""

    def __init__(self, device: str) -> None:
        self.name = f"inference:{socket.gethostname()}:{device}"
        self.connection: psycopg.Connection | None = None

    def acquire(self) -> bool:
        """True when this process holds the device; harmless to call again."""
        if self.connection is not None and self.alive():
            return True
        parameters = connection.get_connection_params()
        wanted = {
            key: parameters[key]
            for key in ("dbname", "user", "password", "host", "port", "sslmode")
            if key in parameters
        }
        self.connection = psycopg.connect(**wanted, autocommit=True)
        row = self.connection.execute(
            "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [self.name]
        ).fetchone()
        if row and row[0]:
            return True
        self.release()
        return False

    def alive(self) -> bool:
        """Whether the connection that carries the lock still answers."""
        assert self.connection is not None
        try:
            self.connection.execute("SELECT 1")
        except psycopg.Error:
            self.connection = None
            return False
        return True

    def release(self) -> None:
        """Give the device back."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def __enter__(self) -> "DeviceLock":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()
