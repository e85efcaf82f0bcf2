"""App of core.timers."""

from django.apps import AppConfig


class TimersConfig(AppConfig):
    name = "core.timers"
    label = "timers"
