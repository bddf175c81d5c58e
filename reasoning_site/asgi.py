"""The web application, served by granian: `granian --interface asginl reasoning_site.asgi`."""

import os

import django
from django.conf import settings

from reasoning_site.body_limit import limited
from reasoning_site.garbage import settle
from reasoning_site.one_thread import site

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reasoning_site.settings")

django.setup(set_prefix=False)

# Files come from few people, who are known before a byte is read.
from evaluations.api.room import room_for_files, too_large  # noqa: E402

application = limited(site(), settings.BODY_LIMIT_MB * 1_000_000, room_for_files, too_large)

# Only a web server holds the matrix for long; its models can be imported from here on.
from evaluations.leaderboards.matrix.check import watch  # noqa: E402

watch.start()
settle()
