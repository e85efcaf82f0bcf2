"""App of contracting."""

from django.apps import AppConfig


class ContractingConfig(AppConfig):
    name = "contracting"
