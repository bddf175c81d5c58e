"""Which of several samples of a prompt a reply is, and whether it came before. Pure."""

from hashlib import blake2b

from evaluations.exchange.readers.checks import Unfit

_LINES = 32
"""Bits of a line's number beneath a digest."""


def digest(*parts: str) -> str:
    """32 hexadecimal digits that stand for texts in their order."""
    return _hashed(parts, 16).hex()


def _hashed(parts: tuple[str, ...], size: int) -> bytes:
    raws = [part.encode() for part in parts]
    told = b"".join([half for raw in raws for half in (len(raw).to_bytes(8, "big"), raw)])
    return blake2b(told, digest_size=size).digest()


def _number(*parts: str) -> int:
    return int.from_bytes(_hashed(parts, 8), "big")


class Samples:
    """The samples of a file so far, by digests: a few dozen bytes a reply, however long it is.

    `asked` is what makes two replies samples of the same: the prompt, the model and whatever else
    they were asked with.
    """

    def __init__(self) -> None:
        self._replies: dict[int, int] = {}
        self._next: dict[int, int] = {}
        self._known: dict[int, int] = {}

    def given(self, asked: tuple[str, ...], sample: int, reply: str, line: int) -> None:
        """Note a reply whose sample the file names.

        Raises Unfit where the file gave another reply for it before.
        """
        key = _number(*asked, str(sample))
        told = _number(reply) << _LINES | line
        before = self._replies.setdefault(key, told)
        if before >> _LINES != told >> _LINES:
            raise Unfit(
                f"Line {before & (1 << _LINES) - 1} has the same prompt, model and sample with "
                "another output."
            )

    def numbered(self, asked: tuple[str, ...], reply: str, line: int) -> int:
        """The sample of a reply where the file names none: replies are numbered in its order.

        A reply that came before has the number that it had.
        """
        known = _number(*asked, "", reply)
        if known in self._known:
            return self._known[known]
        sample = self.following(asked)
        while _number(*asked, str(sample)) in self._replies:
            sample = self.following(asked)
        self._known[known] = sample
        self.given(asked, sample, reply, line)
        return sample

    def placed(self, asked: tuple[str, ...], wished: int) -> int:
        """The number that a log gives a reply, or the next that is free.

        One question may stand in a log as several items, each of which is counted from 0.
        """
        wish = _number(*asked, "from", str(wished))
        sample = self._next.get(wish, wished)
        while (key := _number(*asked, str(sample))) in self._replies:
            sample += 1
        self._replies[key] = 0
        self._next[wish] = sample + 1
        return sample

    def following(self, asked: tuple[str, ...]) -> int:
        """The next number of these, from 0."""
        key = _number(*asked)
        sample = self._next.get(key, 0)
        self._next[key] = sample + 1
        return sample
