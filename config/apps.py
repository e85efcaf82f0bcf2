"""App of config: its commands and templates."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"
