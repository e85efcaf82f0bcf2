"""Rows of who may come to a tender: the evidence that its documents ask for, and who prepared the project."""

from __future__ import annotations

from django.db import models


class Admission(models.Model):
    """What a tender asks of its bidders beyond its own criteria.

    `evidence_asked` are conditions of `parties.states.Condition`; `preparers` rows {credit_code, name, part} of who
    designed, specified, managed, supervised or tested the project and cannot bid for the rest of it.
    """

    tender = models.OneToOneField("tendering.Tender", on_delete=models.CASCADE, related_name="admission")
    evidence_asked = models.JSONField(default=list)
    preparers = models.JSONField(default=list)
    consortia = models.BooleanField(default=False, help_text="suppliers may bid as a consortium (联合体)")
    prequalified = models.BooleanField(
        default=False, help_text="suppliers qualify before the document is issued to them (资格预审)"
    )
    securities = models.JSONField(
        default=dict, help_text="lot number -> bid security in yuan, as a decimal string"
    )
    subcontracting = models.JSONField(
        default=dict,
        help_text="lot number -> {most, sme: shares of the contract, work}; absent: not permitted (分包)",
    )

    def __str__(self) -> str:
        return str(self.tender_id)
