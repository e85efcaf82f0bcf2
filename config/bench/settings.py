"""The site's settings with the views that stand beside ours; nothing else differs."""

from __future__ import annotations

from config.settings import *  # noqa: F403

ROOT_URLCONF = "config.bench.urls"
