"""The whole product as a newcomer starts it (`make run`), and a real browser in front of it.

One panel for all these tests; each test signs in by itself and makes its own data. Panel and browser end with the package:
while Playwright's loop runs, Django refuses its database to every other test of the process.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.directories import reachable_directory

ROOT = Path(__file__).resolve().parent.parent.parent
PASSWORD = "puente-cobalto-mirador-91"
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
START_PATIENCE = 180  # seconds; a slow machine migrates slowly
expect.set_options(timeout=30_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """They share one panel, so they stay together on one of xdist's processes."""
    for item in items:
        if "e2e" in item.path.parts:
            item.add_marker(pytest.mark.xdist_group("e2e"))
            item.add_marker(pytest.mark.counterpart)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Panel:
    url: str
    imap_port: int
    environment: dict[str, str] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    ready: threading.Event = field(default_factory=threading.Event)

    def follow(self, stream: Iterator[str]) -> None:
        for line in stream:
            self.log.append(line)
            if "Ctrl-C" in line:
                self.ready.set()
        self.ready.set()


@pytest.fixture(scope="package")
def panel() -> Iterator[Panel]:
    with reachable_directory() as directory:
        yield from run_panel(directory)


def run_panel(directory: Path) -> Iterator[Panel]:
    port, imap, lmtp = free_port(), free_port(), free_port()
    own = {"LOCAL_DIR": str(directory), "PORT": str(port), "DEMO_PASSWORD": PASSWORD}
    own |= {"MAIL_IMAP_PORT": str(imap), "MAIL_LMTP_PORT": str(lmtp), "REGISTRY_TRANSFER_SECONDS": "2"}
    dns = str(free_port())  # where a test may put name servers; the world outside is never asked
    own |= {"DOMAIN_RESOLVERS": f"127.0.0.1:{dns}", "DOMAIN_AUTHORITY_PORT": dns}
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "CI", "TMPDIR"}}
    process = subprocess.Popen(
        [sys.executable, "-m", "cloudpanel.local", "run"],
        cwd=ROOT,
        env=kept | own,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    panel = Panel(f"http://127.0.0.1:{port}", imap, kept | own)
    threading.Thread(target=panel.follow, args=(process.stdout,), daemon=True).start()
    try:
        panel.ready.wait(START_PATIENCE)
        assert "Ctrl-C" in "".join(panel.log), "".join(panel.log)
        yield panel
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        if os.environ.get("CI"):
            pytest.fail("Chromium is not installed: apt-get install chromium")
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(params=["con JavaScript", "sin JavaScript"])
def javascript(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "con JavaScript")


@pytest.fixture
def open_page(panel: Panel, browser: Browser) -> Iterator[Callable[..., Page]]:
    """``open_page(javascript=False)``: a fresh browser profile, which fails the test on any script or console error."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_one(*, javascript: bool = True) -> Page:
        context = browser.new_context(
            base_url=panel.url, java_script_enabled=javascript, locale="es-MX", viewport={"width": 1280, "height": 900}
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert not complaints, complaints


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    page.goto("/acceso/login/")
    page.locator("[name=login]").fill(email)
    page.locator("[name=password]").fill(password)
    page.get_by_role("button", name="Ingresar", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert "/acceso/login" not in page.url


def press(page: Page, name: str) -> None:
    """Presses a button that sends a form, and waits for the page that answers: reading again any earlier would call it off."""
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


def read_until(page: Page, words: str) -> None:
    """Reads the page again until a worker has been there."""
    for _n in range(240):
        if page.get_by_role("main").get_by_text(words).count():
            return
        page.wait_for_timeout(150)
        page.reload()
    raise AssertionError(page.get_by_role("main").inner_text())


def refresh_until(page: Page, wanted: re.Pattern[str] | str, *, javascript: bool) -> None:
    """With JavaScript the page gets there by itself; without, by pressing *Actualizar* as a person would."""
    state = page.get_by_text(wanted).first
    for _ in range(200):
        if javascript or state.is_visible():
            break
        page.get_by_role("link", name="Actualizar").or_(page.get_by_role("button", name="Actualizar")).first.click()
        page.wait_for_timeout(150)
    expect(state).to_be_visible(timeout=60_000)
