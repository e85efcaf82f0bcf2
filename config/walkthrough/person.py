"""One person at a browser: a session, the forms of a page, a passkey in software, an authenticator app."""

from __future__ import annotations

import base64
import hashlib
import hmac
import html.parser
import json
import struct
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from config.softkey import SoftKey

TIMEOUT = 30.0
#: Parts of the addresses of forms that stand on every page.
ON_EVERY_PAGE = ("logout", "setlang", "switch", "display")
TOTP_SECONDS = 30


class Failed(Exception):
    """A step did not go as a user would expect; the text says at which address and what was answered."""


def totp(secret: str, at: float) -> str:
    """Give the six digits of an authenticator app for a base32 secret. Source: RFC 6238."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8), casefold=True)
    digest = hmac.new(key, struct.pack(">Q", int(at) // TOTP_SECONDS), hashlib.sha1).digest()
    start = digest[-1] & 0x0F
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"


@dataclass
class Form:
    """A form of a page: where it goes and what it holds already."""

    action: str
    method: str
    fields: dict[str, Any] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)


class _Forms(html.parser.HTMLParser):
    """Reads the forms of a page with their present values, as a browser would send them."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._select: tuple[str, bool] | None = None
        self._textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take in one element."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(given.get("action", ""), given.get("method", "get").lower(), {}, given)
            self.forms.append(self._form)
        if self._form is None:
            return
        name = given.get("name", "")
        if tag == "input" and name:
            kind = given.get("type", "text")
            if kind in {"checkbox", "radio"} and "checked" not in given:
                return
            if kind not in {"submit", "button", "file", "image"}:
                value = given.get("value", "on" if kind in {"checkbox", "radio"} else "")
                before = self._form.fields.get(name)
                several = [*before, value] if isinstance(before, list) else [before, value]
                self._form.fields[name] = value if before is None else several
        elif tag == "textarea" and name:
            self._textarea = name
            self._form.fields[name] = ""
        elif tag == "select" and name:
            self._select = (name, False)
        elif tag == "option" and self._select is not None:
            chosen, fixed = self._select
            if "selected" in given or (not fixed and chosen not in self._form.fields):
                self._form.fields[chosen] = given.get("value", "")
                self._select = (chosen, "selected" in given)

    def handle_data(self, data: str) -> None:
        """Take in the text of a text area."""
        if self._textarea and self._form is not None:
            self._form.fields[self._textarea] += data

    def handle_endtag(self, tag: str) -> None:
        """Leave an element."""
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            if self._form is not None and self._form.fields[self._textarea].startswith("\n"):
                self._form.fields[self._textarea] = self._form.fields[self._textarea][1:]
            self._textarea = ""


def forms_of(page: str) -> list[Form]:
    """Give the forms of a page."""
    reader = _Forms()
    reader.feed(page)
    return reader.forms


class Person:
    """A user of the site with a session of their own; `account` is a row of `var/demo-accounts.json`."""

    def __init__(self, base: str, account: dict[str, Any] | None = None) -> None:
        self.base = base.rstrip("/")
        self.account = account or {}
        self.http = httpx.Client(
            base_url=self.base,
            timeout=TIMEOUT,
            follow_redirects=False,
            trust_env=False,
            headers={"Accept-Language": "en"},
        )
        self.key: SoftKey | None = None
        if passkey := self.account.get("passkey"):
            # As in a browser: the origin is the address in use, wherever the key was made; a counter that never goes
            # back, whoever used the key before.
            at = urlsplit(self.base)
            now = {"origin": f"{at.scheme}://{at.netloc}", "counter": int(time.time())}
            self.key = SoftKey.load(json.dumps({**passkey, **now}))

    def __enter__(self) -> Person:
        return self

    def __exit__(self, *rest: object) -> None:
        self.http.close()

    # --- reading ---

    def get(self, path: str, **params: Any) -> httpx.Response:
        """Read a page, following redirects as a browser does; raises Failed for an error page."""
        answer = self.http.get(path, params=params or None)
        for _ in range(8):
            if not answer.has_redirect_location:
                break
            answer = self.http.get(urljoin(str(answer.url), answer.headers["location"]))
        return self._good(answer)

    def json(self, path: str, **params: Any) -> Any:
        """Read JSON."""
        answer = self.http.get(path, params=params or None, headers={"Accept": "application/json"})
        return self._good(answer).json()

    # --- acting ---

    def submit(
        self, path: str, values: dict[str, Any] | None = None, *, form: str = "", files: Any = None
    ) -> httpx.Response:
        """Open the page at `path`, fill in its form whose action contains `form`, send it, and give where it leads."""
        page = self.get(path)
        found = [
            one
            for one in forms_of(page.text)
            if one.method == "post" and form in urljoin(str(page.url), one.action)
        ]
        meant = [one for one in found if not any(word in one.action for word in ON_EVERY_PAGE)]
        found = meant or (found if form else [])
        if not found:
            raise Failed(f"{path}: there is no form {form!r} on the page")
        target = urljoin(str(page.url), found[0].action)
        data: dict[str, Any] = {**found[0].fields, **(values or {})}
        return self.post(urlsplit(target)._replace(scheme="", netloc="").geturl(), data, files=files)

    def post(self, path: str, values: dict[str, Any], *, files: Any = None) -> httpx.Response:
        """Send form values with the session's token, and follow where the answer leads."""
        data = {"csrfmiddlewaretoken": self.token(), **values}
        answer = self.http.post(path, data=data, files=files, headers={"Referer": self.base + path})
        return self._follow(answer)

    def post_json(self, path: str, value: Any, **headers: str) -> Any:
        """Send JSON and give the JSON answered."""
        answer = self.http.post(
            path,
            json=value,
            headers={
                "X-CSRFToken": self.token(),
                "Accept": "application/json",
                "Referer": self.base + path,
                **headers,
            },
        )
        return self._good(answer).json()

    def token(self) -> str:
        """Give the session's CSRF token; reads a page first if there is none yet."""
        if "csrftoken" not in self.http.cookies:
            self.http.get("/accounts/login/")
        return self.http.cookies.get("csrftoken") or ""

    def _follow(self, answer: httpx.Response) -> httpx.Response:
        for _ in range(8):
            if not answer.has_redirect_location:
                break
            answer = self.http.get(urljoin(str(answer.url), answer.headers["location"]))
        return self._good(answer)

    def _good(self, answer: httpx.Response) -> httpx.Response:
        if answer.status_code >= 400:
            said = answer.text if "json" in answer.headers.get("content-type", "") else _words(answer.text)
            raise Failed(f"{answer.request.method} {answer.url.path}: {answer.status_code} {said[:600]}")
        return answer

    # --- who one is ---

    def sign_in(self) -> None:
        """Sign in with password and authenticator app, as the page asks."""
        self.get("/accounts/login/")
        answer = self.post(
            "/accounts/login/", {"login": self.account["email"], "password": self.account["password"]}
        )
        if "/2fa/" in answer.url.path:
            wait = TOTP_SECONDS - time.time() % TOTP_SECONDS
            where = answer.url.path
            answer = self.post(where, {"code": totp(self.account["totp_secret"], time.time())})
            if "/2fa/authenticate" in answer.url.path:
                # A code counts once, and somebody may have used this one: the next begins within half a minute.
                time.sleep(wait + 0.2)
                answer = self.post(where, {"code": totp(self.account["totp_secret"], time.time())})
        if answer.url.path.startswith("/accounts/login") or "/2fa/authenticate" in answer.url.path:
            raise Failed(f"{self.account['email']} could not sign in: {_words(answer.text)[:400]}")

    def sign(self, purpose: str, payload_hash: str) -> dict[str, Any]:
        """Touch the passkey for one act and give the credential to send with it."""
        if self.key is None:
            raise Failed(f"{self.account.get('email')} has no passkey")
        options = self.post_json("/sign/begin", {"payload_hash": payload_hash, "purpose": purpose})
        return self.key.get(options)


def _words(page: str) -> str:
    """Give a page's main text on one line."""

    class Text(html.parser.HTMLParser):
        """Collects text outside scripts and styles."""

        def __init__(self) -> None:
            super().__init__()
            self.words: list[str] = []
            self.skip = 0

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            """Skip what is not read."""
            self.skip += tag in {"script", "style", "header", "footer", "nav"}

        def handle_endtag(self, tag: str) -> None:
            """Read again."""
            self.skip -= tag in {"script", "style", "header", "footer", "nav"}

        def handle_data(self, data: str) -> None:
            """Keep the words."""
            if self.skip <= 0 and data.strip():
                self.words.append(" ".join(data.split()))

    reader = Text()
    reader.feed(page)
    return " ".join(reader.words)
