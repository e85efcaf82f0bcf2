"""App of bidding."""

from django.apps import AppConfig


class BiddingConfig(AppConfig):
    name = "bidding"

    def ready(self) -> None:
        """Register the checks of a deployment."""
        from bidding import checks  # noqa: F401
