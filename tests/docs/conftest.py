"""The built documents in a real browser: Chromium, without a window, driven by Playwright.

`make test-docs` builds the site and runs these tests. An ordinary run leaves them out: they need a browser, and the
site that they look at.

  site     the address of the built site, served to this machine alone
  browser  one for all tests
  open_at  opens a page of the site in a window of a kind, and gives the page and all that it complained of
"""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from support.site import BUILT, WINDOWS, Open, Opened

SECONDS: Final = 10  # a busy machine is no reason to fail
CHROMIUM: Final = ("chromium-headless-shell", "chromium")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option by which `make test-docs` asks for these tests."""
    parser.addoption("--site", action="store_true", help="look at the built documents with a browser")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the tests of this folder out, unless asked for them."""
    return True if collection_path.suffix == ".py" and not config.getoption("--site", default=False) else None


class _Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files, and says nothing about it."""

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The address of the site, with a slash at its end."""
    handler = functools.partial(_Quiet, directory=str(BUILT))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium, of Debian's packages or as TMEM_CHROMIUM names it."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only here is it needed

    named = os.environ.get("TMEM_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM)), None)
    assert named is not None, "no Chromium: tools/chromium.sh installs one"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=named, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def open_at(site: str, browser: Any) -> Iterator[Open]:
    """Open a page, such as `guide/using.html`, in one of WINDOWS; closed at the end of the test."""
    contexts = []

    def opened(page: str, window: str = "wide", *, address: str = site) -> Opened:
        context = browser.new_context(**WINDOWS[window])
        context.set_default_timeout(SECONDS * 1000)
        contexts.append(context)
        shown, complaints = context.new_page(), []
        shown.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        shown.on("pageerror", lambda error: complaints.append(str(error)))
        shown.on("requestfailed", lambda request: complaints.append(f"failed: {request.url}"))
        shown.goto(address + page)
        return shown, complaints

    yield opened
    for context in contexts:
        context.close()
