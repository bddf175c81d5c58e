"""The web application, served by granian: `granian --interface asginl reasoning_site.asgi`."""

import os

from django.conf import settings
from django.core.asgi import get_asgi_application

from reasoning_site.body_limit import limited
from reasoning_site.garbage import settle

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reasoning_site.settings")

application = limited(get_asgi_application(), settings.BODY_LIMIT_MB * 1_000_000)

# Only a web server holds the matrix for long; its models can be imported from here on.
from evaluations.leaderboards.matrix.check import watch  # noqa: E402

watch.start()
settle()
