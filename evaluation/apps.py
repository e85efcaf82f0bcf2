"""App of evaluation."""

from django.apps import AppConfig


class EvaluationConfig(AppConfig):
    name = "evaluation"

    def ready(self) -> None:
        """Keep drawn experts out of the halls where what they judge is opened, and names from who judges by codes."""
        from bidding.attending import bar, veil
        from evaluation.blind import sits_veiled
        from evaluation.selectors import judges_what_is_opened

        bar(judges_what_is_opened)
        veil(sits_veiled)
