"""App of core.enacted."""

from django.apps import AppConfig


class EnactedConfig(AppConfig):
    name = "core.enacted"
    label = "enacted"
