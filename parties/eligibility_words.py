"""Findings about who may take part, as sentences in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext

from parties.eligibility import Finding


def said(finding: Finding) -> str:
    """Give a finding as a sentence."""
    facts = {name: gettext(value) if value else "" for name, value in finding.facts.items()}
    text = gettext(finding.text) % facts
    return (
        gettext("%(member)s, a member of the consortium: %(finding)s")
        % {
            "member": finding.member,
            "finding": text,
        }
        if finding.member
        else text
    )
