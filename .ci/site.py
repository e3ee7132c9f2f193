"""Hold the built site to what it promises: links that lead somewhere, and pages that work from disk in a real browser.

Usage: `python .ci/site.py`, after `scripts/site`. Without Chromium and its driver it checks links and size alone, and says so.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from urllib.parse import unquote, urldefrag

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "docs" / "_build" / "html"
LARGEST = 15 * 2**20  # bytes
SHOWN = (
    "index", "explore", "gallery", "tutorials/double-descent", "tutorials/training-time", "papers/lin2024",
    "derivations/linear-ridge", "derivations/several-passes", "reference/theory", "reference/generated/theory.Chain",
    "reference/command-line",
)  # fmt: skip
SCROLLS = "return [document.documentElement.scrollWidth, innerWidth]"
FORMULAS = "return ['mjx-container svg', '[data-mml-node=merror]'].map(kind => document.querySelectorAll(kind).length)"

sys.path.insert(0, str(ROOT))


def dead_links() -> list[str]:
    """Return the internal links that lead nowhere."""
    found = []
    for page in SITE.rglob("*.html"):
        for address in re.findall(r'(?:href|src)="([^"]+)"', page.read_text(encoding="utf-8")):
            target = unquote(urldefrag(address).url.partition("?")[0])
            if target and not re.match(r"[a-z]+:|//", target) and not (page.parent / target).exists():
                found.append(f"{page.relative_to(SITE)}: {address}")
    return found


def faults(browser: object) -> list[str]:
    """Return what is wrong with the pages, wide and as a phone shows them."""
    from tests.browser import Browser

    assert isinstance(browser, Browser)
    found = []
    for name in SHOWN:
        browser.resize(1280, 900)
        browser.open((SITE / f"{name}.html").as_uri())
        browser.wait("return document.readyState === 'complete'")
        browser.run("return window.MathJax ? MathJax.startup.promise.then(() => 1) : 0")
        drawn, wrong = browser.run(FORMULAS)
        if wrong or ("derivations/" in name and drawn < 10):
            found.append(f"{name}: {drawn} formulas drawn, {wrong} wrong")
        browser.resize(400, 800)
        wide, inner = browser.run(SCROLLS)
        if wide > inner:
            found.append(f"{name}: {wide} pixels wide on a phone of {inner}")
    browser.open((SITE / "search.html").as_uri() + "?q=ridge")
    browser.wait("return document.querySelectorAll('#search-results li').length > 3")
    errors = [entry["message"] for entry in browser.log("browser") if entry["level"] == "SEVERE"]
    left = [address for address in browser.requests() if not address.startswith(("file:", "data:", "blob:", "about:"))]
    return [*found, *errors, *(f"asked for {address}" for address in left)]


def main() -> None:
    """Check, and fail with all that is wrong."""
    from tests.browser import MISSING, Browser

    size = sum(path.stat().st_size for path in SITE.rglob("*") if path.is_file())
    wrong = dead_links() + ([f"{size / 2**20:.1f} MB"] if size > LARGEST else [])
    if MISSING:
        print(f"not opened in a browser: {MISSING}")
    else:
        with Browser() as browser:
            wrong += faults(browser)
    if wrong:
        sys.exit("\n".join(wrong))
    print(f"the site: {size / 2**20:.1f} MB, no dead link, {0 if MISSING else len(SHOWN)} pages opened in a browser")


if __name__ == "__main__":
    main()
