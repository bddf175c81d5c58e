import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reasoning_site.embedded.processes import Guardian


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A data folder that every user may enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="embedded-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def guardian() -> Iterator[Guardian]:
    guardian = Guardian()
    yield guardian
    guardian.close()


@pytest.fixture
def eventually() -> Callable[[Callable[[], object]], None]:
    """Wait until something becomes true, at most 15 seconds."""

    def wait(condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + 15
        while not condition():
            assert time.monotonic() < deadline, "it never became true"
            time.sleep(0.02)

    return wait
