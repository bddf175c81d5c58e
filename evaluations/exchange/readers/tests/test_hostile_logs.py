"""Logs of Inspect that mean harm, or came to it: bombs, lying lists, cut and damaged ones."""

import json
import random
import struct
from pathlib import Path

import pytest
from backports import zstd

from evaluations.exchange.readers.formats import FORMATS
from evaluations.exchange.readers.records import Record, Refused
from evaluations.exchange.readers.tests.bounded import MEGABYTE, at_most, made
from evaluations.exchange.readers.tests.files import (
    last_refused,
    one_record,
    one_refusal,
    read,
    records_in,
)
from evaluations.exchange.readers.tests.logs import (
    HEADER,
    archive,
    document,
    packed_by_hand,
    sample,
)

# Packed logs


def test_a_bomb_is_known_by_its_listing() -> None:
    bomb = packed_by_hand({"samples/a_epoch_1.json": b"0" * 30 * MEGABYTE})
    with at_most(2):
        refused = one_refusal(read("inspect", bomb))
    assert (refused.line, "more than 200 times" in refused.why) == (0, True)


def test_a_log_that_says_it_is_larger_than_2_gigabytes_is_not_unpacked() -> None:
    names = {f"samples/{each}_epoch_1.json": b"{}" for each in "abc"}
    log = packed_by_hand(names, said=dict.fromkeys(names, 900 * MEGABYTE))
    assert "larger than 2 GB" in one_refusal(read("inspect", log)).why


@pytest.mark.parametrize("kind", [8, 93])
def test_a_bomb_whose_listing_lies_is_stopped_while_it_is_unpacked(kind: int) -> None:
    name = "samples/a_epoch_1.json"
    content = b'{"id": "a"}' + b" " * 60 * MEGABYTE
    bomb = packed_by_hand(
        {name: content, "samples/b_epoch_1.json": json.dumps(sample()).encode()},
        kind=kind,
        said={name: 11},
    )
    with at_most(4):
        refused, record = read("inspect", bomb)
    assert refused == Refused(1, "It is larger than the list of entries says.")
    assert isinstance(record, Record)


def test_an_entry_that_asks_for_much_memory_is_refused() -> None:
    name = "samples/a_epoch_1.json"
    options = {int(zstd.CompressionParameter.window_log): 27}
    content = json.dumps(sample(more=random.Random(1).randbytes(200_000).hex())).encode()
    packer = zstd.ZstdCompressor(options=options)
    packed = packer.compress(content) + packer.flush()
    log = packed_by_hand({name: content}, kind=93, packed={name: packed})
    assert one_refusal(read("inspect", log)).why == "It is damaged."
    assert one_record(read("inspect", packed_by_hand({name: content}, kind=93)))


def test_a_listing_that_is_too_large_is_not_read() -> None:
    size = 9 * MEGABYTE
    end = b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, 9, 9, size, 0, 0)
    with at_most(20):
        refused = one_refusal(read("inspect", b"PK\x03\x04" + b"\0" * size + end))
    assert "larger than 8 MB" in refused.why


def test_entries_that_lie_over_one_another_are_counted_as_what_they_say() -> None:
    content = random.Random(2).randbytes(100_000) + b"0" * 900_000
    log = packed_by_hand({"samples/a_epoch_1.json": content})
    at = log.rfind(b"PK\x01\x02")
    entry = log[at : log.rfind(b"PK\x05\x06")]
    count = 200
    more = b"".join(
        entry.replace(b"a_epoch", b"%c_epoch" % (65 + each % 26)) for each in range(count)
    )
    start = log.find(b"PK\x01\x02")
    listing = log[start:at] + more
    end = struct.pack("<HHHHLLH", 0, 0, count + 1, count + 1, len(listing), start, 0)
    refused = one_refusal(read("inspect", log[:start] + listing + b"PK\x05\x06" + end))
    assert refused.line == 0


def test_no_name_of_an_entry_is_taken_for_a_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names = ["samples/../../evil_epoch_1.json", "samples//etc/passwd_epoch_1.json"]
    log = archive({name: sample(id=name) for name in names})
    assert {record.origin.sample for record in records_in(read("inspect", log))} == set(names)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_packed_log_that_is_cut_off_is_refused(share: float) -> None:
    log = archive({f"samples/{each}_epoch_1.json": sample(id=each) for each in range(9)})
    refused = one_refusal(read("inspect", log[: int(len(log) * share)]))
    assert refused.line == 0
    assert "cut off" in refused.why


@pytest.mark.parametrize("kind", [0, 8, 93])
def test_a_damaged_entry_is_refused_and_the_others_read(kind: int) -> None:
    content = json.dumps(sample(id="a") | {"more": random.Random(3).randbytes(500).hex()}).encode()
    log = packed_by_hand(
        {
            "samples/a_epoch_1.json": content,
            "samples/b_epoch_1.json": json.dumps(sample()).encode(),
        },
        kind=kind,
    )
    at = log.find(b"a_epoch_1.json") + 14 + 300
    log = log[:at] + bytes([log[at] ^ 0xFF]) + log[at + 1 :]
    refused, record = read("inspect", log)
    assert refused == Refused(1, "It is damaged.")
    assert isinstance(record, Record)


def test_entries_packed_otherwise_or_encrypted_are_refused() -> None:
    log = packed_by_hand({"samples/a_epoch_1.json": b"{}"}, kind=14)
    assert "packed in a way" in one_refusal(read("inspect", log)).why
    log = archive({"samples/a_epoch_1.json": sample()})
    at = log.rfind(b"PK\x01\x02") + 8
    assert (
        one_refusal(read("inspect", log[:at] + b"\x01" + log[at + 1 :])).why == "It is encrypted."
    )


def test_a_sample_too_large_to_hold_is_refused_and_the_others_read() -> None:
    large = sample(id="a") | {"more": random.Random(4).randbytes(9 * MEGABYTE).hex()}
    log = archive({"samples/a_epoch_1.json": large, "samples/b_epoch_1.json": sample()})
    refused, record = read("inspect", log)
    assert refused == Refused(1, "It is larger than 16 MB.")
    assert isinstance(record, Record)


def test_a_sample_of_too_many_values_is_refused() -> None:
    log = packed_by_hand({"samples/a_epoch_1.json": b'{"a": [' + b"[]," * 600_000 + b"0]}"}, kind=0)
    with at_most(8):
        assert "more than 500,000 values" in one_refusal(read("inspect", log)).why


def test_a_zip_that_is_no_log_is_refused() -> None:
    assert "no header" in one_refusal(read("inspect", archive({"a.txt": "b"}, header=None))).why
    assert "no samples" in one_refusal(read("inspect", archive({}))).why
    assert "“eval” is missing" in one_refusal(read("inspect", archive({}, header={"a": 1}))).why


# Logs in JSON


def test_a_log_in_json_is_read_sample_by_sample() -> None:
    begin, one = json.dumps(HEADER)[:-1] + ', "samples": [', json.dumps(sample(events="x" * 50_000))
    file = made((begin.encode(), 1), (one.encode() + b",", 400), (one.encode() + b"]}", 1))
    with at_most(8):
        assert sum(isinstance(each, Record) for each in FORMATS["inspect"].read(file)) == 401


def test_a_sample_in_json_too_large_to_hold_is_refused_and_the_others_read() -> None:
    begin, one = json.dumps(HEADER)[:-1] + ', "samples": [', json.dumps(sample()).encode()
    file = made(
        (begin.encode(), 1),
        (b'{"events": [0', 1),
        (b', "' + b"x" * 90_000 + b'"', 400),
        (b"]}, " + one + b"]}", 1),
    )
    with at_most(60):
        refused, record = FORMATS["inspect"].read(file)
    assert refused == Refused(1, "The sample is larger than 16 MB.")
    assert isinstance(record, Record)


def test_a_text_too_long_to_hold_ends_a_log_in_json() -> None:
    begin = json.dumps(HEADER)[:-1] + ', "samples": [{"a": "'
    with at_most(150):
        found = list(FORMATS["inspect"].read(made((begin.encode(), 1), (b"x" * MEGABYTE, 90))))
    assert "too long" in last_refused(found).why


@pytest.mark.parametrize("share", [0.3, 0.7, 0.99])
def test_a_log_in_json_that_is_cut_off_gives_what_stands_before(share: float) -> None:
    log = document(*(sample(id=each) for each in range(9)))
    found = read("inspect", log[: int(len(log) * share)])
    assert "cut off" in last_refused(found).why
    assert last_refused(found).line == len(records_in(found)) + 1
    assert len(records_in(found)) < 9 or share > 0.9


def test_a_log_in_json_that_is_none_is_refused() -> None:
    for text in (
        "[1]",
        "{}",
        '{"samples": []}',
        '{"samples": [{}]}',
        "{",
        "",
        '{"eval": {"model": "m"}}',
    ):
        assert one_refusal(read("inspect", text)).line == 0, text
