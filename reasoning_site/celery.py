"""The Celery application. Messages are only doorbells: the work itself is rows in PostgreSQL."""

import os

from celery import Celery

from reasoning_site.embedded import broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reasoning_site.settings")

broker.register()
app = Celery("reasoning_site")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
