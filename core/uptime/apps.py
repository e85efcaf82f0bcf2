"""App of core.uptime."""

from django.apps import AppConfig


class UptimeConfig(AppConfig):
    name = "core.uptime"
    label = "uptime"
