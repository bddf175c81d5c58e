"""Sites that begin where a first start ends: database, catalogue and static files are there.

They are made once for all tests of a run and copied. What a first start does has its own tests.
"""

import fcntl
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reasoning_site.embedded.places import cluster_dir
from tests.live_site import LiveSite

PREPARE = """
from django.core.management import call_command
call_command("migrate", interactive=False)
call_command("load_catalogue")
call_command("collectstatic", interactive=False)
"""


def prepared() -> Path:
    """The folder that is copied. The first process that asks makes it, and others wait for it."""
    folder = Path(os.environ["EMBEDDED_POSTGRES_FOLDER"]) / "prepared"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            made = Path(tempfile.mkdtemp(prefix="prepared-", dir=folder.parent))
            made.chmod(0o755)  # the server runs as another user where we are root
            LiveSite(made).manage("shell", "--no-imports", "-c", PREPARE)
            cluster_dir(made).rename(made / "cluster")
            made.rename(folder)
    return folder


STOPPING: list[LiveSite] = []
"""Sites that were asked to stop: workers take seconds for it, in which other tests go on."""


@contextmanager
def running_site(data_dir: Path, options: dict[str, str]) -> Iterator[LiveSite]:
    """A prepared site that runs. Whether it stopped well is looked at when all tests are done."""
    live = prepared_site(data_dir, options)
    live.start()
    try:
        yield live
    finally:
        live.begin_to_stop()
        STOPPING.append(live)


def prepared_site(data_dir: Path, options: dict[str, str]) -> LiveSite:
    """A site whose first start is behind it; it does not run yet."""
    source, cluster = prepared(), cluster_dir(data_dir)
    cluster.parent.mkdir(parents=True)
    # Unlike shutil, cp leaves the files to the server's own user.
    subprocess.run(["cp", "-a", source / "cluster", cluster], check=True)
    subprocess.run(["cp", "-a", source / "static", data_dir], check=True)
    return LiveSite(data_dir, options)
