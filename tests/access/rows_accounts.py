"""Addresses of accounts: sign-up, sign-in, second factors, sessions."""

from __future__ import annotations

from typing import Any

from config.softkey import SoftKey
from parties.services import passkeys
from tests.access.matrix import EVERYONE, NOBODY, SIGNED_IN, Row


def _passkey(cast: Any) -> dict[str, Any]:
    key = SoftKey("localhost", "http://localhost:8000")
    owner = cast.supplier_a.user_id
    return {"pk": passkeys.add(owner, "key", key.create(passkeys.creation_options(owner))).authenticator_id}


OBJECTS = {"passkey": _passkey}

ROWS = [
    *(
        Row(name, allowed=EVERYONE)
        for name in (
            "account_login",
            "account_signup",
            "account_signup_by_passkey",
            "account_inactive",
            "account_reset_password",
            "account_reset_password_done",
            "account_reset_password_from_key_done",
            "account_logout",
        )
    ),
    Row("account_reset_password_from_key", {"uidb36": "1", "key": "no-key"}),
    # stages of a sign-in that nobody of the cast has begun
    Row("account_email_verification_sent", allowed=NOBODY, refused={302}),
    Row("account_confirm_login_code", allowed=NOBODY, refused={302}),
    Row("mfa_authenticate", allowed=NOBODY, refused={302}),
    Row("mfa_signup_webauthn", allowed=NOBODY, refused={302}),
    Row("mfa_login_webauthn", method="post", allowed=NOBODY, refused={302}),
    *(
        Row(name, allowed=SIGNED_IN)
        for name in (
            "account_reauthenticate",
            "account_email",
            "account_change_password",
            "account_set_password",
            "mfa_index",
            "mfa_reauthenticate",
            "mfa_reauthenticate_webauthn",
            "mfa_activate_totp",
            "mfa_generate_recovery_codes",
            "mfa_list_webauthn",
            "mfa_add_webauthn",
            "usersessions_list",
        )
    ),
    Row("mfa_deactivate_totp", allowed=SIGNED_IN, accepts={404}),
    Row("mfa_view_recovery_codes", allowed=SIGNED_IN, accepts={404}),
    Row("mfa_download_recovery_codes", allowed=SIGNED_IN, accepts={404}),
    # before the key itself is looked up, everyone is asked to prove once more who they are
    Row("mfa_edit_webauthn", "passkey", allowed=SIGNED_IN),
    Row("mfa_remove_webauthn", "passkey", allowed=SIGNED_IN),
]
