"""Agreement between people under a protocol: numbers by hand, and which answers count."""

import uuid

import pytest

from evaluations.judgments.about_prompts import *  # noqa: F403
