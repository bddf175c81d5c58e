"""Traces whose first mistake is known, judged step by step and compared with what is known."""

import json
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.conftest import Visitors
from tests.live_site import ROOT, LiveSite

FOLDER = ROOT / "evaluations/exchange/tests/data/bigbench_mistake"

OPEN = """
from django.contrib.auth import get_user_model
from evaluations.accounts.models import Role
from evaluations.judgments.models import Protocol
"""

STORED = """
import json
from evaluations.judgments.models import FirstError, JudgeKind
rows = FirstError.objects.filter(
    is_current=True, judgment__item__version__protocol__slug="{slug}"
).order_by("judgment")
print(json.dumps([[row.output_id, row.step.index if row.step else None] for row in rows]))
"""
