"""Refusals before the start (another instance, disk, port), and what a killed runner left."""

import fcntl
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from reasoning_site.embedded import preflight
from reasoning_site.embedded.preflight import Refusal
from reasoning_site.embedded.processes import launch, started_at

ROOT = Path(__file__).resolve().parents[3]


def dev(data_dir: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """`manage.py dev`, which is expected to refuse."""
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return subprocess.run(
        [sys.executable, "manage.py", "dev"],
        cwd=ROOT,
        env={**kept, "DATA_DIR": str(data_dir), **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def taken_port() -> object:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        yield listener.getsockname()[1]


def test_a_port_in_use_is_named_with_a_free_one(taken_port: int) -> None:
    with pytest.raises(Refusal, match=rf"Port {taken_port} .* is in use") as refusal:
        preflight.check_port("127.0.0.1", taken_port)
    proposed = int(str(refusal.value).split("PORT=")[1].split()[0])
    assert proposed != taken_port
    preflight.check_port("127.0.0.1", proposed)


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(Refusal, match="cannot be listened on"):
        preflight.check_port("192.0.2.1", 8000)


def test_the_disk_floor_says_how_much_is_free(tmp_path: Path) -> None:
    free = shutil.disk_usage(tmp_path).free // 1_000_000
    preflight.check_disk(tmp_path / "not" / "yet", free // 2)
    with pytest.raises(Refusal, match=r"\d+ MB are free .* DISK_FLOOR_MB") as refusal:
        preflight.check_disk(tmp_path, free * 2)
    assert str(free * 2) in str(refusal.value)


def test_two_runners_do_not_share_a_data_folder(tmp_path: Path) -> None:
    with (
        preflight.single_instance(tmp_path),
        pytest.raises(Refusal, match=rf"already running .*process {os.getpid()}"),
        preflight.single_instance(tmp_path),
    ):
        pass
    with preflight.single_instance(tmp_path):
        pass


def test_the_lock_file_of_a_killed_runner_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "dev.lock").write_text("1")
    with preflight.single_instance(tmp_path), (tmp_path / "dev.lock").open() as lock:
        assert lock.read() == str(os.getpid())
        with pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_leftovers_are_ended_but_a_reused_pid_is_spared(tmp_path: Path) -> None:
    fakes = [
        launch(["/bin/sleep", "60"], env={}, cwd=tmp_path, output=subprocess.DEVNULL)
        for _ in range(2)
    ]
    left, stranger = fakes
    preflight.record_processes(tmp_path, {"web": left.pid, "worker": stranger.pid})
    record = tmp_path / "processes.json"
    started = started_at(stranger.pid)
    assert started
    # The second entry now speaks of an earlier process with the same number.
    head, tail = record.read_text().split('"worker"')
    record.write_text(head + '"worker"' + tail.replace(f'"{started}"', '"1"'))
    try:
        assert preflight.end_leftovers(tmp_path) == ["web"]
        assert left.wait(5) != 0
        assert stranger.poll() is None
        assert preflight.end_leftovers(tmp_path) == []
    finally:
        stranger.kill()
        stranger.wait()


def test_a_broken_record_is_ignored(tmp_path: Path) -> None:
    (tmp_path / "processes.json").write_text("{")
    assert preflight.end_leftovers(tmp_path) == []


def test_dev_refuses_a_port_in_use_and_starts_nothing(data_dir: Path, taken_port: int) -> None:
    done = dev(data_dir, PORT=str(taken_port))
    assert done.returncode == 1
    assert f"Port {taken_port} on 127.0.0.1 is in use" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (data_dir / "postgres").exists()


def test_dev_refuses_a_full_disk_and_starts_nothing(data_dir: Path) -> None:
    done = dev(data_dir, DISK_FLOOR_MB="999999999")
    assert done.returncode == 1
    assert "999999999 MB" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (data_dir / "postgres").exists()


def test_help_lists_the_environment_variables(data_dir: Path) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "help"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0
    assert "DISK_FLOOR_MB" in done.stdout
    assert "load_catalogue" in done.stdout
