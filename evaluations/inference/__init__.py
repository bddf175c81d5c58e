"""Asking language models: requests in, results out. Knows nothing of Django, queues or storage."""
