"""Where the embedded PostgreSQL keeps its files, and as which user it runs.

Nothing here changes anything: settings call these functions while they are imported.
"""

import hashlib
import os
import pwd
import string
import sys
from pathlib import Path

NAME = "reasoning"  # of the database and of its role
PORT = 5432  # never listened on: it is part of the socket's file name
SOCKET_PATH_LIMIT = 103 if sys.platform == "darwin" else 107  # bytes, sockaddr_un
PLAIN_IN_HOST = (string.ascii_lowercase + string.digits + "-_.").encode()
SYSTEM_FOLDER = "/var/lib/by-what-definition"
OWN_ACCOUNT = "by-what-definition"
NOT_MADE = -1  # user id of our own account until a start makes it: it owns nothing
SHARED = "nobody"  # whatever else runs as this user could read the database


class PostgresError(Exception):
    """The embedded PostgreSQL cannot do what was asked; the message is for the reader."""


def account(data_dir: Path) -> pwd.struct_passwd | None:
    """The ordinary user as whom a superuser runs the server; None when we are no superuser.

    PostgreSQL refuses to run as root. An existing cluster decides, then the owner of the data
    folder, then the user `postgres`, then one of our own, which the first start makes. Never
    `nobody`: a cluster that was given to it gets another owner at the next start.
    """
    if os.geteuid() != 0:
        return None
    for path in (_near(data_dir) / "cluster", _far(data_dir) / "cluster", data_dir):
        owner = _ordinary_owner(path)
        if owner:
            return owner
    for name in (OWN_ACCOUNT, "postgres"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return pwd.struct_passwd((OWN_ACCOUNT, "x", NOT_MADE, NOT_MADE, "", "/", ""))


def home(data_dir: Path) -> Path:
    """The folder that holds the cluster, its socket, its log and its locks.

    `<data_dir>/postgres`, unless a superuser started us and the server's user cannot enter the
    data folder: then a folder named by a hash in EMBEDDED_POSTGRES_FOLDER (default in
    /var/lib), instead of opening permissions.
    """
    near, far = _near(data_dir), _far(data_dir)
    user = account(data_dir)
    if user is None or (near / "cluster").exists():
        return near
    if (far / "cluster").exists():
        return far
    return near if can_enter(data_dir, user) else far


def cluster_dir(data_dir: Path) -> Path:
    """PostgreSQL's own data folder."""
    return home(data_dir) / "cluster"


def socket_dir(data_dir: Path) -> Path:
    """The folder of the socket: beside the cluster, or in /tmp where that path cannot be used.

    It may be too long, or hold a comma, which libpq reads as the end of a host's name.
    """
    folder = home(data_dir) / "socket"
    path = os.fsencode(folder / f".s.PGSQL.{PORT}")
    if len(path) <= SOCKET_PATH_LIMIT and b"," not in path:
        return folder
    # Not tempfile.gettempdir(): TMPDIR may differ between two shells that share one server.
    return Path("/tmp") / f"by-what-definition-{_digest(data_dir)}"


def database_url(data_dir: Path, *, name: str = NAME) -> str:
    """The address of a database of the embedded server, for `dj_database_url` and for libpq."""
    # Readers of URLs lower the case of host names, so capitals are escaped as well.
    host = "".join(
        chr(byte) if byte in PLAIN_IN_HOST else f"%{byte:02X}"
        for byte in os.fsencode(socket_dir(data_dir))
    )
    return f"postgresql://{NAME}@{host}:{PORT}/{name}"


def can_enter(folder: Path, user: pwd.struct_passwd) -> bool:
    """Whether `user` may pass through `folder` and all its parents, by their permission bits.

    Folders that do not exist yet count as open, because we shall make them.
    """
    groups = os.getgrouplist(user.pw_name, user.pw_gid)
    folder = folder.resolve()
    for step in (folder, *folder.parents):
        try:
            status = step.stat()
        except FileNotFoundError:
            continue
        if status.st_uid == user.pw_uid:
            allowed = status.st_mode & 0o100
        elif status.st_gid in groups:
            allowed = status.st_mode & 0o010
        else:
            allowed = status.st_mode & 0o001
        if not allowed:
            return False
    return True


def _near(data_dir: Path) -> Path:
    return data_dir.resolve() / "postgres"


def _far(data_dir: Path) -> Path:
    return Path(os.environ.get("EMBEDDED_POSTGRES_FOLDER") or SYSTEM_FOLDER) / _digest(data_dir)


def _digest(data_dir: Path) -> str:
    return hashlib.sha256(os.fsencode(data_dir.resolve())).hexdigest()[:16]


def _ordinary_owner(path: Path) -> pwd.struct_passwd | None:
    try:
        owner = pwd.getpwuid(path.stat().st_uid)
        return owner if owner.pw_uid and owner.pw_name != SHARED else None
    except (OSError, KeyError):
        return None  # initdb needs a user with a name
