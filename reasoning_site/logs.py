"""What the log leaves out."""

import logging


def without_traceback_of_refusals(record: logging.LogRecord) -> bool:
    """Log a refused request (403, 404, 400) in one line: hundreds of tracebacks hide the faults."""
    if getattr(record, "status_code", 500) < 500:
        record.exc_info = record.exc_text = None
    return True
