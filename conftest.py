"""The database of the tests: an embedded PostgreSQL of their own, gone when they end.

A DATABASE_URL that is set already is used instead. All of this runs while this file is imported,
because files beside the tests import models as soon as they are loaded.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import django
from django.conf import settings
from hypothesis import settings as hypothesis_settings

from reasoning_site.embedded.postgres import Server, database_url
from reasoning_site.embedded.processes import Guardian


def prepare_environment() -> None:
    """Set the environment before the settings read it; pytest-xdist's workers inherit it."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        return
    folder = Path(tempfile.mkdtemp(prefix="by-what-definition-tests-"))
    folder.chmod(0o755)  # when we are root, the server runs as another user
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    data_dir = folder / "data"
    data_dir.mkdir(mode=0o755)
    os.environ["DATA_DIR"] = str(data_dir)
    # Sites that tests start have private data folders: without this root's would go to /var/lib.
    os.environ["EMBEDDED_POSTGRES_FOLDER"] = str(folder)
    os.environ["SECRET_KEY"] = "only for tests"
    os.environ["DISK_FLOOR_MB"] = "0"
    os.environ["FIRST_RUN"] = "0"
    # Dozens of processes are started, and each would compile every module anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ.pop("CELERY_BROKER_URL", None)
    if not os.environ.get("DATABASE_URL"):
        guardian = Guardian()
        server = Server(data_dir, guardian=guardian, durable=False)
        server.start()
        atexit.register(guardian.close)
        atexit.register(server.stop)  # runs first
        os.environ["DATABASE_URL"] = database_url(data_dir)


prepare_environment()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reasoning_site.settings")
django.setup()
# A password is hashed slowly on purpose, a third of a second each, which adds up over thousands
# of tests. Sites that tests start are processes of their own and hash as they always do.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Each of pytest-xdist's workers has a database of its own, and would let go of releases that the
# other's database knows.
settings.RELEASE_DIR = str(
    settings.DATA_DIR / f"releases-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
)

# A busy machine is no reason to fail; speed is measured by benchmarks.
hypothesis_settings.register_profile("unhurried", deadline=None)
hypothesis_settings.load_profile("unhurried")
