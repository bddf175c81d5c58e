"""Graders in a process of their own: what they say, and that no limit of time ever gives a 0."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from evaluations.grading import (
    BadParameters,
    NotGraded,
    TimedOut,
    UnusableReference,
    check_reference,
    grade,
    math_verify,
    regex,
)
from evaluations.grading.apart import PROCESSES, ROOT, Apart

RUNS_AWAY = {"pattern": "(a+)+$"}
CODE = {"pattern": "[A-Z]{2}-[0-9]+"}
TASK = {"task": "spell_backward", "seed": 3}


@pytest.mark.parametrize(
    ("grader", "told", "reference", "accepted", "refused"),
    [
        ("regex", CODE, "AB-12", ["Answer: XY-3.", "**XY-3**"], ["ab-12", "AB-12 or so", "12"]),
        ("regex", CODE | {"whole": False}, "AB-12", ["It may be AB-12 or so"], ["AB"]),
        ("regex", CODE | {"ignore_case": True}, "AB-12", ["ab-12"], ["a-12"]),
        ("math-verify", {}, "(x+1)^2", ["The answer is $x^2+2x+1$.", "$\\boxed{(1+x)^2}$"],
         ["x^2+1", "no idea"]),
        ("math-verify", {}, "\\frac{\\sqrt{3}}{2}", ["\\sqrt{\\frac{3}{4}}"], ["\\frac{1}{2}"]),
        ("reasoning-gym", TASK, "reyornac", ["reyornac", "Answer: reyornac"], ["canroyer", "x"]),
    ],
)  # fmt: skip
def test_what_is_accepted_and_refused(
    grader: str, told: dict[str, Any], reference: str, accepted: list[str], refused: list[str]
) -> None:
    check_reference(grader, reference, told)
    for text in accepted:
        assert grade(grader, text, reference, told).score == 1.0, text
    for text in refused:
        assert grade(grader, text, reference, told).score == 0.0, text


@pytest.mark.parametrize(
    ("grader", "told", "reference"),
    [
        ("regex", {"pattern": "("}, "x"),
        ("regex", {"pattern": "x" * 501}, "x"),
        ("reasoning-gym", {"task": "no_such_task", "seed": 1}, "x"),
        ("reasoning-gym", TASK | {"config": {"no_such_option": 1}}, "x"),
        ("reasoning-gym", TASK | {"version": "0.0.1"}, "x"),
        ("reasoning-gym", TASK | {"index": 10**9}, "x"),
    ],
)
def test_what_cannot_be_told_is_refused(grader: str, told: dict[str, Any], reference: str) -> None:
    with pytest.raises(BadParameters):
        check_reference(grader, reference, told)


@pytest.mark.parametrize("reference", ["0.5", "25%", "seven", "hello there, world"])
def test_plain_numbers_are_for_numeric(reference: str) -> None:
    with pytest.raises(UnusableReference):
        check_reference("math-verify", reference)


@pytest.mark.parametrize(
    ("grader", "told", "text", "reference"),
    [
        ("regex", RUNS_AWAY, "a" * 60 + "!b", "a"),
        ("math-verify", {}, "$9^{9^{9^{9}}}$", "(x+1)^2"),
    ],
)
def test_what_runs_away_is_killed_and_not_graded(
    grader: str, told: dict[str, Any], text: str, reference: str
) -> None:
    check_reference(grader, reference, told)
    process = PROCESSES[grader]._process
    assert process is not None
    limit = {"regex": regex.SECONDS, "math-verify": math_verify.SECONDS}[grader]
    began = time.monotonic()
    with pytest.raises(TimedOut, match="timed out"):
        grade(grader, text, reference, told)
    assert time.monotonic() - began < limit + 10
    assert process.poll() is not None, "it still runs"
    assert grade(grader, reference, reference, told).score == 1.0, "the next one is graded"


def test_a_combination_waits_for_what_could_change_it() -> None:
    parts = [
        {"grader": "numeric", "reference": "19"},
        {"grader": "regex", "reference": "a", "parameters": RUNS_AWAY},
    ]
    text = f"{'a' * 60}!b 19"
    for how in ("all", "mean"):
        with pytest.raises(TimedOut):
            grade("combination", text, "x", {"parts": parts, "how": how})
    assert grade("combination", text, "x", {"parts": parts, "how": "any"}).score == 1.0
    wrong = [{"grader": "numeric", "reference": "20"}, parts[1]]
    assert grade("combination", text, "x", {"parts": wrong}).score == 0.0


def test_a_library_that_is_not_there_is_said_and_no_answer_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "math_verify.py").write_text("raise ImportError('none')\n")
    lacking = Apart("math-verify")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(tmp_path))
        with pytest.raises(NotGraded, match="math-verify is not installed here"):
            lacking.ask(6, reference="x", texts=["x"])


@pytest.mark.parametrize(
    ("does", "refused"),
    [
        ("open('/etc/passwd')", True),
        ("open('evaluations/grading/apart.py')", True),
        ("__import__('os').system('true')", True),
        ("__import__('subprocess').run(['true'])", True),
        ("__import__('socket').create_connection(('127.0.0.1', 9))", True),
        ("open('x', 'w')", True),
        ("__import__('sympy').parse_expr('1 + 1')", False),
    ],
)
def test_what_is_evaluated_there_reaches_nothing(does: str, refused: bool, tmp_path: Path) -> None:
    code = f"from evaluations.grading.apart_process import bounded\nbounded()\n{does}"
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert ("a grader may not" in ended.stderr) is refused, ended.stderr
    assert (ended.returncode != 0) is refused


def test_what_runs_away_ends_itself_where_nobody_is_left_to_kill_it() -> None:
    code = "from evaluations.grading import apart_process as a; a.LAST_SECONDS = 1; a.main('regex')"
    work = {"pattern": "(a+)+$", "texts": ["a" * 60 + "!"], "whole": True, "ignore_case": False}
    ended = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps(work) + "\n",
        capture_output=True, text=True, check=False, cwd=ROOT, timeout=60,
    )  # fmt: skip
    assert ended.returncode == -signal.SIGALRM


def test_the_process_has_no_secret_and_ends_with_its_parent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SECRET_KEY", "hush")
    mine = Apart("regex")
    assert mine.ask(2, pattern="a", texts=["a"], whole=True, ignore_case=False) == "a"
    process = mine._process
    assert process is not None
    environment = Path(f"/proc/{process.pid}/environ")
    if environment.exists():
        assert b"SECRET_KEY" not in environment.read_bytes()
    assert process.stdin is not None
    process.stdin.close()
    try:
        assert process.wait(timeout=20) == 0
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    assert mine.ask(2, pattern="b", texts=["b"], whole=True, ignore_case=False) == "b", "anew"
    mine.close()
    assert os.getpid() == mine._owner
