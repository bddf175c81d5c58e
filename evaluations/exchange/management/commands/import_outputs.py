import hashlib
import json
import stat
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError

from evaluations.accounts.models import User
from evaluations.accounts.visibility import Audience
from evaluations.exchange.loading.files import MOST_BYTES, MOST_MEGABYTES, PART, Unusable, format_in
from evaluations.exchange.loading.job_actions import EMPTY, record_import
from evaluations.exchange.loading.preview import Preview, causes, look_over
from evaluations.exchange.loading.shelves import LONGEST_LICENCE, Source
from evaluations.exchange.loading.store_actions import ImportRefused, Loaded, load
from evaluations.exchange.readers.companions import companion_name
from evaluations.exchange.readers.formats import FORMATS
from evaluations.exchange.readers.records import Read

REFUSED, UNUSABLE = 1, 2
"""Exit codes: nothing was stored because lines are refused; nothing in the file can be read."""
SHOWN = 20


class Command(BaseCommand):
    help = (
        "Import outputs that models wrote elsewhere: shows what a file holds, and stores all of it "
        "or nothing. Exit codes: 0 done, 1 lines are refused, 2 the file cannot be used."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--format", default="", help=f"one of {', '.join(FORMATS)}")
        parser.add_argument(
            "--companion", type=Path,
            help="the file that belongs to it, if any; found where it lies beside it under the "
            "name that its tool gives it",
        )  # fmt: skip
        parser.add_argument("--dry-run", action="store_true", help="store nothing")
        parser.add_argument("--skip-refused", action="store_true", help="leave refused lines out")
        parser.add_argument("--licence", default="", help="where the file itself states none")
        parser.add_argument("--visibility", choices=Audience.values, default=Audience.PRIVATE)
        parser.add_argument("--by", default="", help="user name of who will own what is imported")
        parser.add_argument("--json", action="store_true", help="the preview as JSON")

    def handle(self, *args: Any, file: Path, companion: Path | None, **options: Any) -> None:
        name = file.name.encode("utf-8", "replace").decode()
        with ExitStack() as files:
            try:
                opened = [files.enter_context(opened_at(file))]
                chosen = format_in(opened[0], name, options["format"])
                companion = companion or companion_of(file, chosen)
                if companion:
                    opened.append(files.enter_context(opened_at(companion)))
                actor = person_named(options["by"])
                if len(options["licence"]) > LONGEST_LICENCE:
                    raise Unusable(f"A licence has at most {LONGEST_LICENCE} characters.")
            except Unusable as error:
                raise CommandError(f"{name}: {error}", returncode=UNUSABLE) from error

            def reads() -> Iterator[Read]:
                for each in opened:
                    each.seek(0)
                beside = opened[1] if companion else None
                return FORMATS[chosen].read(opened[0], companion=beside, name=name)

            found = look_over(reads(), actor=actor)
            if found.is_empty:
                raise CommandError(f"{name}: {EMPTY}", returncode=UNUSABLE)
            self.stdout.write(
                as_json(chosen, found) if options["json"] else in_words(chosen, found, companion)
            )
            if not found.outputs:
                self.stop("Nothing was stored: everything in it is refused.", options["json"])
            if found.refused_count and not options["skip_refused"]:
                self.stop("Nothing was stored: lines are refused.", options["json"])
            if options["dry_run"]:
                return
            source = Source(
                name=name,
                format=chosen,
                sha256=digest_of(opened[0]),
                actor=actor,
                licence=options["licence"],
                visibility=options["visibility"],
            )
            try:
                done = load(reads(), source=source, skips_refused=options["skip_refused"])
            except PermissionError as error:
                raise CommandError(str(error), returncode=UNUSABLE) from error
            except ImportRefused as refusal:
                self.stop(f"Nothing was stored.\n{refusal}", options["json"])
            record_import(source=source, size=file.stat().st_size, found=found, done=done)
            if not options["json"]:
                self.stdout.write(told(done))

    def stop(self, sentence: str, quiet: bool) -> None:
        """End with the code of what is refused; as JSON the preview has said it all."""
        if quiet:
            raise SystemExit(REFUSED)
        raise CommandError(sentence, returncode=REFUSED)


def opened_at(path: Path) -> BinaryIO:
    """A file that may be read.

    Raises:
        Unusable: with the reason.
    """
    try:
        if not stat.S_ISREG((about := path.stat()).st_mode):
            raise Unusable(f"{path} is no file.")
        if about.st_size > MOST_BYTES:
            raise Unusable(f"It has more than {MOST_MEGABYTES} MB: split it.")
        return path.open("rb")
    except OSError as error:
        raise Unusable(f"{path} cannot be read: {error.strerror}.") from error


def companion_of(path: Path, format: str) -> Path | None:
    """The file that belongs to another, where it lies beside it."""
    name = companion_name(format, path.name)
    beside = path.with_name(name) if name else path
    return beside if beside != path and beside.is_file() else None


def person_named(name: str) -> User | None:
    if not name:
        return None
    person = User.objects.filter(username=name).first()
    if person is None:
        raise Unusable(f"Nobody here has the user name “{name}”.")
    return person


def digest_of(file: BinaryIO) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    while piece := file.read(PART):
        digest.update(piece)
    return digest.hexdigest()


def as_json(chosen: str, found: Preview) -> str:
    return json.dumps(
        {
            "format": chosen,
            "outputs": found.outputs,
            "prompts": found.prompts,
            "models": len(found.models),
            "doubles": found.doubles,
            "refused": [{"line": one.line, "why": one.why} for one in found.refused],
            "visibility": dict(found.visibility),
        },
        ensure_ascii=False,
        indent=1,
    )


def in_words(chosen: str, found: Preview, companion: Path | None) -> str:
    """The preview as lines to read."""
    seen = ", ".join(f"{n:,} {name}" for name, n in found.visibility.most_common())
    lines = [
        f"{FORMATS[chosen].title}: {found.outputs:,} outputs to {found.prompts:,} prompts by "
        f"{len(found.models):,} models ({', '.join(found.models[:SHOWN])})",
        *([f"With {companion.name}"] if companion else []),
        f"How visible the traces are: {seen or 'there are none'}",
        f"{found.here:,} are here already, {found.repeated:,} stand twice in the file",
    ]
    if found.votes or found.labelled:
        lines.append(f"{found.labelled:,} with labels of steps, {found.votes:,} votes")
    if found.skipped_count:
        lines.append(f"{found.skipped_count:,} lines are left out as the format has it")
    lines += [f"  line {one['line']}: {one['why']}" for one in causes(found.skipped)[:3]]
    lines.append(f"{found.refused_count:,} lines are refused")
    lines += [f"  line {one.line}: {one.why}" for one in found.refused[:SHOWN]]
    if (more := found.refused_count - SHOWN) > 0:
        lines.append(f"  and {more:,} more")
    return "\n".join(lines)


def told(done: Loaded) -> str:
    """What was stored, with the addresses."""
    lines = [
        f"{done.outputs:,} outputs were stored with {done.prompts:,} prompts; {done.doubles:,} "
        "were here already or stood there twice."
    ]
    lines += [f"{run.prompt_set}: {run.get_absolute_url()}" for run in done.runs]
    return "\n".join(lines)
