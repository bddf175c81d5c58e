"""The web application, served by granian: `granian --interface asginl reasoning_site.asgi`."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reasoning_site.settings")

application = get_asgi_application()

# Only a web server holds the matrix for long; its models can be imported from here on.
from evaluations.leaderboards.matrix.check import watch  # noqa: E402

watch.start()
