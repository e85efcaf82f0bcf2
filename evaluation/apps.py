"""App of evaluation."""

from django.apps import AppConfig


class EvaluationConfig(AppConfig):
    name = "evaluation"

    def ready(self) -> None:
        """Keep drawn experts out of the halls where what they judge is opened."""
        from bidding.attending import bar
        from evaluation.selectors import judges_what_is_opened

        bar(judges_what_is_opened)
