import subprocess
import sys

SERVED = """
import gc
from reasoning_site import asgi
print(gc.get_freeze_count(), len(gc.get_objects()), gc.get_threshold()[0])
"""


def test_a_full_search_for_garbage_passes_over_what_a_web_process_was_started_with() -> None:
    run = subprocess.run(
        [sys.executable, "-c", SERVED], capture_output=True, text=True, check=True, timeout=120
    )
    kept, searched, young = map(int, run.stdout.split()[-3:])
    assert kept > 100_000, "the views are loaded before the search is told to pass over them"
    assert searched < kept / 20
    assert young >= 5_000, "a page is no reason to search"
