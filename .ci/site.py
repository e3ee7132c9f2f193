"""Hold the built site to what it promises: links that lead somewhere, no name left out, pages that work from disk in a browser.

Usage: `python .ci/site.py`, after `scripts/site`. Without Chromium and its driver it checks links, names and size alone;
without axe-core, all but contrast and labels. It says so.
"""

from __future__ import annotations

import importlib
import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urldefrag

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "docs" / "_build" / "html"
LARGEST = 15 * 2**20  # bytes
PACKAGES = ("theory", "numerics", "derivations")
SHOWN = (
    "index", "explore", "gallery", "search", "tutorials/index", "tutorials/double-descent", "tutorials/training-time",
    "derivations/writing", "papers/lin2024", "derivations/linear-ridge", "derivations/several-passes", "reference/theory",
    "reference/generated/theory.Chain", "reference/command-line", "ledger",
)  # fmt: skip
SCROLLS = "return [document.documentElement.scrollWidth, innerWidth]"
FORMULAS = "return ['mjx-container svg', '[data-mml-node=merror]'].map(kind => document.querySelectorAll(kind).length)"
LIGHT = """
const [r, g, b] = getComputedStyle(document.body).backgroundColor.match(/[0-9.]+/g).map(Number);
const image = document.querySelector('.cell_output img, article img');
return [(r + g + b) / 765, image ? getComputedStyle(image).filter : null];
"""

sys.path[:0] = [str(ROOT), str(ROOT / "docs" / "_ext")]


def dead_links() -> list[str]:
    """Return the internal links that lead nowhere, to a page or to a place in it."""
    found, places = [], {}
    pages = {page: page.read_text(encoding="utf-8") for page in SITE.rglob("*.html")}
    for page, text in pages.items():
        places[page] = set(re.findall(r'\s(?:id|name)="([^"]+)"', text))
    for page, text in pages.items():
        for address in re.findall(r'(?:href|src)="([^"]+)"', text):
            path, place = urldefrag(address)
            target = (page.parent / unquote(path.partition("?")[0])).resolve() if path else page
            if re.match(r"[a-z]+:|//", address):
                continue
            if not target.exists() or (place and target in places and unquote(place) not in places[target] | {""}):
                found.append(f"{page.relative_to(SITE)}: {address}")
    return found


def names() -> Iterator[tuple[str, str]]:
    """Yield the pages of the reference, and what must be there: public names, members with a docstring, commands."""
    from scaletheory.command_line import COMMANDS

    public = {id(getattr(importlib.import_module(package), name)): f"{package}.{name}"
              for package in reversed(PACKAGES) for name in importlib.import_module(package).__all__}  # fmt: skip
    for package in PACKAGES:
        module = importlib.import_module(package)
        for name in module.__all__:
            value, page = getattr(module, name), f"reference/generated/{package}.{name}.html"
            yield page, f"{package}.{name}"
            for base in value.__mro__ if inspect.isclass(value) else ():
                ours = base is value or (base.__module__.partition(".")[0] in PACKAGES and id(base) not in public)
                for member, what in vars(base).items() if ours else ():
                    shown = not member.startswith("_") and inspect.getattr_static(value, member) is what and what.__doc__
                    if shown and (inspect.isroutine(what) or isinstance(what, property)):
                        yield page, f"{package}.{name}.{member}"
    for command in COMMANDS:
        yield "reference/command-line.html", f"scaletheory-{command}"


def missing_names() -> list[str]:
    """Return what the reference has not."""
    found, seen = [], {}
    for page, name in names():
        if page not in seen:
            file = SITE / page
            seen[page] = set(re.findall(r'\sid="([^"]+)"', file.read_text(encoding="utf-8"))) if file.is_file() else set()
        if name not in seen[page]:
            found.append(f"{page}: {name} is missing")
    return found


def without_figure() -> list[str]:
    """Return the tutorials that ran and do not end with a figure."""
    index = (ROOT / "docs" / "tutorials" / "index.md").read_text(encoding="utf-8")
    listed = re.findall(r"```\{toctree\}\n(?::.*\n)*\n([^`]*)```", index)[0].split()
    found = []
    for name in listed:
        text = (SITE / "tutorials" / f"{name}.html").resolve().read_text(encoding="utf-8")
        last = text.rpartition('<div class="cell docutils container">')[2].partition("</article>")[0]
        if "<img" not in last:
            found.append(f"tutorials/{name}: no figure at the end")
    return found


def opened(browser: object, address: str) -> None:
    """Open a page, and wait until its formulas are drawn."""
    browser.open(address)
    browser.wait("return document.readyState === 'complete'")
    browser.run("return window.MathJax ? MathJax.startup.promise.then(() => 1) : 0")


def faults(browser: object) -> Iterator[str]:
    """Yield what is wrong with the pages, in both schemes, wide and as a phone shows them."""
    from tests.browser import NO_AXE

    for name in SHOWN:
        for scheme in ("light", "dark"):
            browser.resize(1280, 900)
            browser.appear(scheme)
            opened(browser, (SITE / f"{name}.html").as_uri())
            ground, filtered = browser.run(LIGHT)
            white = ground > 0.5 if filtered is None else filtered == "none"
            if not (ground > 0.5) == white == (scheme == "light"):
                yield f"{name}: ground {ground:.2f}, figures turned by {filtered}, where it should be {scheme}"
            if not NO_AXE:
                yield from (f"{name}, {scheme}: {each}" for each in browser.violations())
        drawn, wrong = browser.run(FORMULAS)
        if wrong or ("derivations/l" in name and drawn < 10):
            yield f"{name}: {drawn} formulas drawn, {wrong} wrong"
        browser.resize(400, 800)
        wide, inner = browser.run(SCROLLS)
        if wide > inner:
            yield f"{name}: {wide} pixels wide on a phone of {inner}"
        on_paper = browser.run_printed("return [...document.querySelectorAll('.sidebar-drawer, .toc-drawer, iframe')]"
                                       ".filter(each => getComputedStyle(each).display !== 'none').length")  # fmt: skip
        if on_paper:
            yield f"{name}: {on_paper} parts that lead elsewhere are printed"


def search_faults(browser: object) -> Iterator[str]:
    """Type words into the site's own box, from disk, and yield those that lead nowhere."""
    for words, wanted in (("ridge", "linear_ridge"), ("early stopping", "stopping"), ("optimal_ridge", "optimal_ridge")):
        opened(browser, (SITE / "index.html").as_uri())
        browser.resize(1280, 900)
        browser.run("document.querySelector('input[name=q]').focus()")
        browser.press(*words, "Enter")
        browser.wait("return location.pathname.endsWith('search.html')")
        try:
            browser.wait(f"return document.getElementById('search-results').textContent.includes('{wanted}')")
        except AssertionError:
            yield f"searching for {words}: no {wanted}"


def law_faults(browser: object) -> Iterator[str]:
    """Yield what the embedded laws show that is not what `Law.along` and `evaluate` give, and what axe-core finds in them."""
    from law_pages import LAWS, LETTERS

    from scaletheory.options.models import LAWS as READY
    from tests.browser import NO_AXE
    from tests.exponents.shown import check_exponents, check_numbers

    yield from (f"no page of {name}" for name in READY.keys() - LAWS.keys())
    for name in [*LAWS, *LETTERS]:
        browser.resize(1280, 900)
        browser.appear("dark" if len(name) % 2 else "light")
        browser.open((SITE / "_static" / "laws" / f"{name}.html").as_uri())
        browser.wait("return document.querySelector('#terms tr') !== null")
        if not NO_AXE:
            yield from (f"{name}: {each}" for each in browser.violations())
        browser.resize(400, 800)
        wide, inner = browser.run(SCROLLS)
        if wide > inner:
            yield f"{name}: {wide} pixels wide on a phone of {inner}"
        if name in LAWS:
            model = LAWS[name][1]
            law = model.exponents()
            try:
                check_exponents(browser, law)
                if browser.run("return numbers !== null"):
                    check_numbers(browser, model, law)
            except AssertionError as wrong:
                yield f"{name}: {wrong}"


def main() -> None:
    """Check, and fail with all that is wrong."""
    from tests.browser import MISSING, NO_AXE, Browser

    size = sum(path.stat().st_size for path in SITE.rglob("*") if path.is_file())
    wrong = dead_links() + missing_names() + without_figure() + ([f"{size / 2**20:.1f} MB"] if size > LARGEST else [])
    if MISSING:
        print(f"not opened in a browser: {MISSING}")
    else:
        with Browser() as browser:
            wrong += [*faults(browser), *search_faults(browser), *law_faults(browser)]
            wrong += [entry["message"] for entry in browser.log("browser") if entry["level"] == "SEVERE"]
            local = ("file:", "data:", "blob:", "about:")
            wrong += [f"asked for {address}" for address in browser.requests() if not address.startswith(local)]
        if NO_AXE:
            print(f"contrast and labels are not checked: {NO_AXE}")
    if wrong:
        sys.exit("\n".join(wrong))
    pages = 0 if MISSING else len(SHOWN)
    print(f"the site: {size / 2**20:.1f} MB, no dead link, no name missing, {pages} pages opened in a browser")


if __name__ == "__main__":
    main()
