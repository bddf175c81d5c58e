"""The Celery application. Messages are only doorbells: the work itself is rows in PostgreSQL."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reasoning_site.settings")

app = Celery("reasoning_site")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
