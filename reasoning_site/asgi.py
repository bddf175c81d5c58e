"""The web application, served by granian: `granian --interface asginl reasoning_site.asgi`."""

import os

from django.conf import settings
from django.core.asgi import get_asgi_application

from reasoning_site.body_limit import limited
from reasoning_site.garbage import settle

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reasoning_site.settings")

site = get_asgi_application()

# Files come from few people, who are known before a byte is read.
from evaluations.api.room import room_for_files, too_large  # noqa: E402

application = limited(site, settings.BODY_LIMIT_MB * 1_000_000, room_for_files, too_large)

# Only a web server holds the matrix for long; its models can be imported from here on.
from evaluations.leaderboards.matrix.check import watch  # noqa: E402

watch.start()
settle()
