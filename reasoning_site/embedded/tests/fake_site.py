"""A fake site for the tests of the runner: tiny children instead of web server and workers.

Arguments: a JSON list of {"name", "code", "rank", "grace", "essential"}, where `code` is Python
that the child runs. Prints `pid NAME PID` for each and `Ready` when all are started.
"""

import json
import sys
from pathlib import Path

from reasoning_site.embedded.processes import Guardian
from reasoning_site.embedded.runner import Program, Runner, Stopped


def main() -> int:
    guardian = Guardian()
    code = 0
    with Runner(cwd=Path.cwd(), guardian=guardian) as runner:
        try:
            for child in json.loads(sys.argv[1]):
                runner.start(
                    Program(
                        child["name"],
                        [sys.executable, "-c", child["code"]],
                        rank=child.get("rank", 0),
                        grace_seconds=child.get("grace", 5),
                        essential=child.get("essential", True),
                    )
                )
            for name, pid in runner.pids.items():
                runner.print(f"pid {name} {pid}")
            runner.print("Ready")
            runner.wait()
        except Stopped as stopped:
            code = stopped.code
        finally:
            runner.stop()
            guardian.close()
        return 130 if runner.killed else code


sys.exit(main())
