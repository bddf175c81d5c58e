"""Who may pass to the embedded server's files, who may connect, and what its log leaves out."""

import os
import pwd
import stat
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from reasoning_site.embedded.places import OWN_ACCOUNT, PostgresError

# Statements, details and parameters hold what people wrote.
QUIET = (
    "log_error_verbosity=terse",
    "log_min_error_statement=panic",
    "log_parameter_max_length=0",
    "log_parameter_max_length_on_error=0",
)


def make_account() -> pwd.struct_passwd:
    """Make the user as whom the server runs where root starts it. Raises PostgresError."""
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/"]
    command += ["--shell", "/usr/sbin/nologin", OWN_ACCOUNT]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
        return pwd.getpwnam(OWN_ACCOUNT)
    except (OSError, subprocess.CalledProcessError, KeyError) as error:
        reason = getattr(error, "stderr", "") or str(error)
        raise PostgresError(
            "PostgreSQL does not run as root, and this system has no user for it: making"
            f" {OWN_ACCOUNT!r} failed ({reason.strip()}). Make a system user of that name"
            " (`nobody` is not used: whatever else runs as it could read the database), start as"
            " an ordinary user, or set DATABASE_URL."
        ) from error


def close(folder: Path, account: pwd.struct_passwd | None) -> None:
    """Let nobody but its owner into a folder, and that account where root gave it the server."""
    status = folder.stat()
    if status.st_mode & stat.S_ISVTX:
        return  # such as /tmp: shared on purpose
    with suppress(PermissionError):  # not ours to close
        if account is None or status.st_uid == account.pw_uid:
            folder.chmod(0o700)
        else:
            os.chown(folder, -1, account.pw_gid)
            folder.chmod(0o710)


def give_away(cluster: Path, account: pwd.struct_passwd) -> None:
    """Give a stopped cluster of another user, such as `nobody`, to the server's; once."""
    if cluster.stat().st_uid == account.pw_uid:
        return
    for _, folders, files, place in os.fwalk(cluster):
        for name in (*folders, *files):
            os.chown(name, account.pw_uid, account.pw_gid, dir_fd=place, follow_symlinks=False)
    os.chown(cluster, account.pw_uid, account.pw_gid)


def rules(home: Path, cluster: Path, *, roles: Iterable[str]) -> tuple[str, str]:
    """The server's settings that say who may connect as one of *roles*.

    By the kernel's word (`peer`): root, the cluster's owner, and whoever starts it. The files lie
    where the server's user cannot change them.
    """
    users = {0, os.geteuid(), cluster.stat().st_uid}
    names = sorted(pwd.getpwuid(user).pw_name for user in users)
    known = [f'site "{name}" {role}' for name in names for role in roles]
    return (
        f"hba_file={_written(home / 'access.conf', ['local all all peer map=site'])}",
        f"ident_file={_written(home / 'users.conf', known)}",
    )


def _written(path: Path, lines: Iterable[str]) -> Path:
    draft = path.with_suffix(".new")
    draft.write_text("".join(f"{line}\n" for line in lines))
    draft.chmod(0o644)
    return draft.replace(path)
