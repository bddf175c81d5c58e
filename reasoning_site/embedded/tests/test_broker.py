"""The embedded broker between processes that write and read at the same moment."""

import subprocess
import sys
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection

from reasoning_site.embedded import broker

ROOT = Path(__file__).resolve().parents[3]
MESSAGES = 1500

WRITER = """
import sys
from kombu import Connection
from reasoning_site.embedded import broker
folder, control, start, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
options = {"data_folder_in": folder, "data_folder_out": folder, "control_folder": control}
channel = Connection(transport=broker.Transport, transport_options=options).channel()
for number in range(start, start + count):
    channel._queue_bind("shared", "", "", f"queue-{number % 50}-{start}")
    channel._put("work", {"number": number, "filler": "x" * 5000})
"""


@pytest.fixture
def options(tmp_path: Path) -> dict[str, str]:
    for name in ("queue", "control"):
        (tmp_path / name).mkdir()
    queue = str(tmp_path / "queue")
    return {
        "data_folder_in": queue,
        "data_folder_out": queue,
        "control_folder": str(tmp_path / "control"),
    }


def channel_of(options: dict[str, str]) -> broker.Channel:
    return Connection(transport=broker.Transport, transport_options=options).channel()


def test_no_message_is_read_before_it_is_complete(options: dict[str, str]) -> None:
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, options["data_folder_in"], options["control_folder"]]
            + [str(start), str(MESSAGES)],
            cwd=ROOT,
        )
        for start in (0, MESSAGES)
    ]
    channel = channel_of(options)
    seen: list[int] = []
    while True:
        ended = all(writer.poll() is not None for writer in writers)
        try:
            seen.append(channel._get("work")["number"])
            channel.get_table("shared")
        except Empty:
            if ended:
                break
    assert [writer.returncode for writer in writers] == [0, 0]
    assert sorted(seen) == list(range(2 * MESSAGES))
    assert len(channel.get_table("shared")) == 100
    assert list(Path(options["data_folder_in"]).iterdir()) == []


def test_a_queue_gets_its_own_messages_in_order(options: dict[str, str]) -> None:
    channel = channel_of(options)
    for number in range(5):
        channel._put("one", {"number": number})
        channel._put("other", {"number": -number})
    assert [channel._get("one")["number"] for _ in range(5)] == list(range(5))
    with pytest.raises(Empty):
        channel._get("one")
    assert channel._get("other") == {"number": 0}


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"{", b"[" * 100_000])
def test_a_file_that_is_no_json_is_set_aside(options: dict[str, str], content: bytes) -> None:
    channel = channel_of(options)
    folder = Path(options["data_folder_in"])
    (folder / "0_broken.work.msg").write_bytes(content)
    channel._put("work", {"fine": True})
    assert channel._get("work") == {"fine": True}
    (kept,) = (folder.parent / "set-aside").iterdir()
    assert kept.name.startswith("0_broken.work.msg.")
    assert kept.read_bytes() == content
    broker.clear(options)
    assert kept.exists()


def test_what_kombu_or_its_user_cannot_handle_is_set_aside_too(options: dict[str, str]) -> None:
    channel = channel_of(options)
    handled: list[Any] = []

    def handle(message: Any) -> None:
        handled.append(message.headers["task"])
        message.ack()

    channel.basic_qos(0, 1, False)  # one that is never done with would be the last
    channel.basic_consume("work", no_ack=False, callback=handle, consumer_tag="test")
    channel._put("work", ["no message"])
    channel._put("work", {"body": "", "headers": {}, "properties": {"delivery_tag": "1"}})
    headers = {"task": "fine"}
    channel._put("work", {"body": "", "headers": headers, "properties": {"delivery_tag": "2"}})
    for _ in range(3):
        channel.drain_events(callback=channel.connection._deliver)
    assert handled == ["fine"]
    assert len(list((Path(options["data_folder_in"]).parent / "set-aside").iterdir())) == 2
    assert list(Path(options["data_folder_in"]).iterdir()) == []


def test_clearing_forgets_messages_and_bindings(options: dict[str, str]) -> None:
    channel = channel_of(options)
    channel._queue_bind("shared", "", "", "gone")
    channel._put("gone", {})
    broker.clear(options)
    assert channel.get_table("shared") == []
    with pytest.raises(Empty):
        channel._get("gone")


def test_the_site_speaks_to_this_transport() -> None:
    with Connection("filesystem://") as connection:
        assert connection.get_transport_cls() is broker.Transport
