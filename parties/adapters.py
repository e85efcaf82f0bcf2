"""How allauth meets this site: relying party, secrets of authenticator apps, where people land."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import get_language, gettext

from core.audit.services import record
from parties.models import User


def _box() -> Fernet:
    secret = hashlib.sha256(b"mingcai totp " + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(secret))


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Passkeys belong to `settings.RP_ID`; secrets of authenticator apps are kept encrypted."""

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Give the relying party, the same whatever host name the request used."""
        return {"id": settings.RP_ID, "name": gettext("Mingcai")}

    def encrypt(self, text: str) -> str:
        """Encrypt what the database keeps of an authenticator app or of recovery codes."""
        return _box().encrypt(text.encode()).decode("ascii")

    def decrypt(self, encrypted_text: str) -> str:
        """Read what `encrypt` wrote. Raises ValueError when the site's secret has changed since."""
        try:
            return _box().decrypt(encrypted_text.encode()).decode()
        except InvalidToken as error:
            raise ValueError("encrypted with another secret") from error

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:
        """Suggest a name for a new key."""
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return gettext("Passkey %(number)s") % {"number": count + 1}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Keeps the language of new people and records who signed in."""

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> Any:
        """Store a new person with the name from the form and the language of the page."""
        user.name = form.cleaned_data.get("name", "")
        user.language = get_language() or settings.LANGUAGE_CODE
        return super().save_user(request, user, form, commit=commit)

    def login(self, request: HttpRequest, user: Any) -> None:
        """Sign in and record it."""
        super().login(request, user)
        with transaction.atomic():
            User.objects.select_for_update().get(pk=user.pk)
            record(
                actor=f"{user.name} <{user.email}>",
                verb="parties.sign_in",
                subject=f"person.{user.pk}",
                methods=_methods(request),
            )


def _methods(request: HttpRequest) -> list[str]:
    """Say by what the person proved who they are in this session."""
    records = request.session.get("account_authentication_methods", [])
    return [str(row.get("type") or row.get("method", "")) for row in records if isinstance(row, dict)]
