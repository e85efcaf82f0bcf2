"""Browser tabs that fail their test for any script error, console error or breach of the content security policy."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect

from config.walkthrough.person import totp
from tests.browser.site import Site
from tests.chromium import violations

AUTHENTICATOR = {
    "protocol": "ctap2",
    "ctap2Version": "ctap2_1",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "hasPrf": True,
    "automaticPresenceSimulation": True,
}
TELL_VIOLATIONS = """document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));"""
LANGUAGES = {"zh-hans": "zh-Hans", "en": "en"}


@dataclass
class Tab:
    """One tab in a browser profile of its own. `expected` names faults that the test arranged itself."""

    site: Site
    context: BrowserContext
    page: Page
    faults: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()

    def go(self, path: str) -> Page:
        """Open an address of the site; it must answer well."""
        answer = self.page.goto(self.site.find(path))
        assert answer is not None
        assert answer.status == 200, f"{path}: {answer.status}"
        return self.page

    def authenticator(self) -> CDPSession:
        """Put an authenticator with user verification into the browser: it touches by itself."""
        tool = self.context.new_cdp_session(self.page)
        tool.send("WebAuthn.enable", {"enableUI": False})
        tool.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        return tool

    def use(self, role: str, language: str = "") -> None:
        """Go on as somebody else, who has signed in, or as the public."""
        self.context.clear_cookies()
        if role:
            self.context.add_cookies(self.site.cookies(role))  # type: ignore[arg-type]
        self.speak(language or "en")

    def speak(self, language: str) -> None:
        """Read in a language: `en` or `zh-hans`."""
        self.context.add_cookies([{"name": "django_language", "value": language, "url": self.site.base}])

    def violations(self) -> list[str]:
        """Look for breaches of WCAG 2.2 A and AA."""
        return violations(self.page)

    def overflow(self) -> list[str]:
        """Name what makes the page wider than the window, if anything does."""
        return self.page.evaluate(
            """() => {
              const wide = document.documentElement.clientWidth;
              if (document.documentElement.scrollWidth <= wide) return [];
              return [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > wide + 1)
                .slice(0, 5).map((one) => `${one.tagName} ${one.className} ${Math.round(one.getBoundingClientRect().right)}`);
            }"""
        )

    def assert_no_faults(self) -> None:
        """Fail for what went wrong unnoticed."""
        left = [fault for fault in self.faults if not any(word in fault for word in self.expected)]
        assert not left, "\n".join(left)


def watch(tab: Tab) -> Tab:
    """Have a tab note what goes wrong in it."""
    tab.context.add_init_script(TELL_VIOLATIONS)
    tab.page.on("console", lambda said: tab.faults.append(said.text) if said.type == "error" else None)
    tab.page.on("pageerror", lambda error: tab.faults.append(str(error)))
    return tab


class Tabs:
    """Opens tabs and, at the end of the test, closes and judges them."""

    def __init__(self, browser: Browser, site: Site) -> None:
        self.browser = browser
        self.site = site
        self.opened: list[Tab] = []

    def open(
        self,
        role: str = "",
        *,
        language: str = "en",
        width: int = 1440,
        height: int = 900,
        scripts: bool = True,
    ) -> Tab:
        """Open a tab, as the public or as somebody who has signed in."""
        context = self.browser.new_context(
            viewport={"width": width, "height": height},
            locale="en-GB" if language == "en" else "zh-CN",
            timezone_id="Asia/Shanghai",
            java_script_enabled=scripts,
            reduced_motion="reduce",
        )
        tab = watch(Tab(self.site, context, context.new_page()))
        if role:
            context.add_cookies(self.site.cookies(role))  # type: ignore[arg-type]
        tab.speak(language)
        self.opened.append(tab)
        return tab

    def close(self) -> None:
        """Close all, and fail for any fault in any of them."""
        for tab in self.opened:
            tab.context.close()
        for tab in self.opened:
            tab.assert_no_faults()


def sign_in(tab: Tab, role: str) -> None:
    """Sign in through the pages: address and password, then the code that the authenticator app shows when it is asked for."""
    account = tab.site.accounts[role]
    page = tab.go("/accounts/login/")
    page.get_by_label("Email").fill(account["email"])
    page.get_by_label("Password").fill(account["password"])
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_label("Code").wait_for()
    page.get_by_label("Code").fill(totp(account["totp_secret"], time.time()))
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator(".account")).to_contain_text(account["name"])
