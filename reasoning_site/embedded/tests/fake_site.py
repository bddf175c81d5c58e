"""A fake site for the tests of the runner: tiny children instead of web server and workers.

Arguments: a JSON list of {"name", "code", "rank", "grace", "essential", "restarts"}, where `code`
is Python that the child runs. Prints `pid NAME PID` of all whenever one was started, and `Ready`
when the last one was.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from reasoning_site.embedded.processes import Guardian
from reasoning_site.embedded.runner import Program, Runner, Stopped


def main() -> int:
    guardian = Guardian()
    code = 0

    def record(pids: Mapping[str, int]) -> None:
        for name, pid in pids.items():
            runner.print(f"pid {name} {pid}")

    with Runner(cwd=Path.cwd(), guardian=guardian, record=record) as runner:
        try:
            for child in json.loads(sys.argv[1]):
                runner.start(
                    Program(
                        child["name"],
                        [sys.executable, "-c", child["code"]],
                        rank=child.get("rank", 0),
                        grace_seconds=child.get("grace", 5),
                        essential=child.get("essential", True),
                        restarts=child.get("restarts", False),
                    )
                )
            runner.print("Ready")
            runner.wait()
        except Stopped as stopped:
            code = stopped.code
        finally:
            runner.stop()
            guardian.close()
        return 130 if runner.killed else code


sys.exit(main())
