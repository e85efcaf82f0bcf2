"""The pages that are looked at, and how one gets to them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.browser.site import Site

ID = "[0-9a-f-]{36}"


@dataclass(frozen=True)
class Place:
    """A page as somebody reaches it: at its address, or from there by the first link of each kind."""

    name: str
    role: str
    path: str
    links: tuple[str, ...] = ()

    def find(self, site: Site) -> str:
        """Give the page's address; fails where no link leads to it."""
        reader = site.person(self.role) if self.role else site.public()
        path = self.path
        for link in self.links:
            found = re.search(f'href="({link})"', reader.get(path).text)
            assert found, f"{path} has no link to {link}"
            path = found.group(1)
        return path


PLACES = (
    Place("home", "", "/"),
    Place("notices", "", "/notices/"),
    Place("a notice", "", "/notices/?type=award", (f"/notices/{ID}/",)),
    Place("a project", "", "/notices/?type=award", (f"/notices/{ID}/", "/projects/[^/]+/")),
    Place("transactions", "", "/transactions/"),
    Place("a transaction", "", "/transactions/", (f"/transactions/{ID}/",)),
    Place("open data", "", "/open-data/"),
    Place("the log", "", "/log-page/"),
    Place("checking", "", "/verify/"),
    Place("design", "", "/design"),
    Place("sign-in", "", "/accounts/login/"),
    Place("sign-up", "", "/accounts/signup/passkey/"),
    Place("desk of a purchaser", "purchaser", "/desk"),
    Place("desk of a supplier", "supplier", "/desk"),
    Place("desk of an agency", "agency", "/desk"),
    Place("plans", "purchaser", "/plans/"),
    Place("tenders", "purchaser", "/tenders/"),
    Place("a tender", "purchaser", "/tenders/", (f"/tenders/{ID}/",)),
    Place("a room", "agency", "/desk", (f"/rooms/{ID}/",)),
    Place("an award", "purchaser", "/desk", (f"/tenders/{ID}/award/",)),
    Place("a result", "supplier", "/desk", (f"/tenders/{ID}/result/",)),
    Place("contracts", "purchaser", "/contracts/"),
    Place("a contract", "purchaser", "/contracts/", (f"/contracts/{ID}/",)),
    Place("the mall", "", "/mall/"),
    Place("a product", "", "/mall/", (f"/mall/products/{ID}/",)),
    Place("the cart", "purchaser", "/mall/cart/"),
    Place("orders", "purchaser", "/mall/orders/"),
    Place("an order", "purchaser", "/mall/orders/", (f"/mall/orders/{ID}/",)),
    Place("a supplier's offers", "supplier", "/mall/offers/"),
    Place("people of an organisation", "purchaser", "/organisation/people"),
    Place("passkeys", "supplier", "/accounts/2fa/"),
)
