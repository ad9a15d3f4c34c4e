"""A real server on the loopback before the newsroom's archive, and a real Chromium before the server."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Request, expect, sync_playwright

from tests.browser.newsroom import events, newsroom, summit

ROOT = Path(__file__).resolve().parents[2]
# The one without windows does what the other does, for a fifth less of work.
CHROMIUMS = (Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium"))
# A machine with other work to do is slow, and no promise of the product is about it.
PATIENCE = 60_000
# Without these a Chromium asks its maker for updates and lists at each start.
QUIET = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the dashboard of the newsroom."""
    with served(newsroom, tmp_path_factory.mktemp("browser")) as address:
        yield address


@pytest.fixture(scope="package")
def eventful(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the dashboard of the summit."""
    with served(summit, tmp_path_factory.mktemp("summit")) as address:
        yield address


@pytest.fixture(scope="package")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the dashboard of two events."""
    with served(events, tmp_path_factory.mktemp("events")) as address:
        yield address


@contextmanager
def served(fill: Callable[[Path], object], folder: Path, secrets: str = "") -> Iterator[str]:
    """The address of the dashboard of the archive that `fill` makes in this folder; `secrets` is its secrets.toml.

    Where `fill` makes a catalogue beside the archive, the dashboard has that.
    """
    archive = folder / "archive"
    fill(archive)
    port = _free_port()
    command = [sys.executable, "-m", "dashboard.server", "run", "streamlit_app.py", "--server.port", str(port)]
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("NEWSGAUGE_", "STREAMLIT_"))
    }
    catalogue = {"NEWSGAUGE_CATALOGUE": str(folder / "catalogue")} if (folder / "catalogue").exists() else {}
    # No sign-in of this machine's own.
    (folder / "secrets.toml").write_text(secrets)
    command += ["--server.address", "127.0.0.1", "--secrets.files", str(folder / "secrets.toml")]
    log = (folder / "server.log").open("wb")
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**environment, "NEWSGAUGE_ARCHIVE": str(archive), "NEWSGAUGE_SAMPLE": "1", **catalogue},
        stdout=log,
        stderr=log,
    )
    try:
        _await(f"http://127.0.0.1:{port}/_stcore/health", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(PATIENCE / 1000)
        log.close()


def installed() -> Path | None:
    """The Chromium of this machine."""
    return next((path for path in CHROMIUMS if path.exists()), None)


# Not for the session: Playwright keeps an event loop running, beside which other tests could not run theirs.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    found = installed()
    if found is None:
        pytest.skip("no Chromium here: apt-get install chromium-headless-shell")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(found), args=QUIET)
        yield browser
        browser.close()


# Whether the server has yet to answer what the page has asked it; Streamlit answers whatever it is asked.
ASKED = """
    const send = WebSocket.prototype.send;
    WebSocket.prototype.send = function (asked) {
        if (!this.isHeard) this.addEventListener('message', () => { window.asked = false; });
        this.isHeard = window.asked = true;
        return send.call(this, asked);
    };
"""


class Browsers:
    """A browser in each theme, with cookies and storage of its own, and its tabs.

    A tab is taken again for later visits, which spares the start of a process each; a visit loads the page anew, so
    nothing of an earlier one is left but Streamlit's scripts in the browser's cache.
    """

    def __init__(self, chromium: Browser) -> None:
        self.by_scheme = {scheme: _browser(chromium, scheme) for scheme in ("light", "dark")}
        self.free: dict[str, list[Page]] = {scheme: [] for scheme in self.by_scheme}

    def take(self, scheme: str, width: int) -> Page:
        """A tab of the browser in this theme, as wide."""
        page = self.free[scheme].pop() if self.free[scheme] else self.by_scheme[scheme].new_page()
        page.set_default_timeout(PATIENCE)
        page.set_viewport_size({"width": width, "height": 1000})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.mouse.move(0, 0)
        return page

    def give_back(self, scheme: str, page: Page, is_kept: bool) -> None:
        """Leave a tab to a later visit, empty; where a test has changed the tab itself, it is not kept."""
        if not is_kept:
            page.close()
            return
        page.evaluate("sessionStorage.clear()")
        page.goto("about:blank")
        self.free[scheme].append(page)


def _browser(chromium: Browser, scheme: str) -> BrowserContext:
    context = chromium.new_context(color_scheme=scheme, reduced_motion="reduce")
    context.add_init_script(ASKED)
    return context


@pytest.fixture(scope="package")
def browsers(chromium: Browser) -> Iterator[Browsers]:
    browsers = Browsers(chromium)
    yield browsers
    for context in browsers.by_scheme.values():
        context.close()


Visit = Callable[..., Page]


@pytest.fixture
def visit(server: str, browsers: Browsers) -> Iterator[Visit]:
    """Open a path in a tab and a session of its own; nothing but the server is asked for anything.

    A test that changes the tab itself, as by a route, says that it is not to be kept for others (`is_kept=False`).
    """
    taken: list[tuple[str, Page, bool]] = []
    strangers: list[str] = []
    servers: list[str] = []

    def ask(request: Request) -> None:
        if not any(_ours(request.url, address) for address in servers):
            strangers.append(request.url)

    def say(dialog: Dialog) -> None:
        strangers.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def open_path(path: str, width: int = 1440, scheme: str = "light", at: str = server, is_kept: bool = True) -> Page:
        page = browsers.take(scheme, width)
        taken.append((scheme, page, is_kept))
        servers.append(at)
        page.on("request", ask)
        page.on("dialog", say)
        page.goto(at + path)
        page.wait_for_selector("h1")
        # A key before our own script has come is the browser's.
        page.wait_for_function("window.newsgaugeLinks")
        idle(page)
        return page

    yield open_path
    for scheme, page, is_kept in taken:
        page.remove_listener("request", ask)
        page.remove_listener("dialog", say)
        browsers.give_back(scheme, page, is_kept)
    assert strangers == []


def idle(page: Page) -> None:
    """Wait until the server has answered, the page's script has run to its end, and its charts are drawn."""
    page.wait_for_function(
        """() => {
            const app = document.querySelector('[data-testid=stApp]');
            const drawn = [...document.querySelectorAll('[data-testid=stVegaLiteChart]')]
                .every(chart => !chart.checkVisibility() || chart.querySelector('.marks'));
            const still = app?.getAttribute('data-test-script-state') === 'notRunning' && !window.asked && drawn
                && !document.querySelector('[data-stale=true], [data-testid=stSkeleton]');
            window.quiet = still ? (window.quiet || 0) + 1 : 0;
            return window.quiet > 2;
        }""",
        polling=50,
    )
    page.evaluate("() => { window.quiet = 0 }")


def until(page: Page, url: str) -> None:
    """Wait until the page's address holds this, and the page is idle."""
    expect(page).to_have_url(re.compile(re.escape(url)))
    idle(page)


def drawn(page: Page, chart: str, more_than: int = 0) -> None:
    """Wait until a chart has more marks than that."""
    marks = page.locator(f".st-key-{chart} .marks path, .st-key-{chart} canvas.marks")
    marks.nth(more_than).wait_for(state="attached")


def inside_width(page: Page) -> bool:
    """Whether nothing scrolls sideways."""
    return bool(
        page.evaluate(
            """() => [document.documentElement, document.querySelector('[data-testid=stMain]')]
                .every(box => box.scrollWidth <= box.clientWidth)"""
        )
    )


def cell(page: Page, column: int, row: int, text: str) -> tuple[float, float]:
    """Where a cell of the table of articles is, once this stands in it; column and row are counted from 0.

    The table is a picture: what stands in it is told beside it for those who cannot see it. The box before each row is
    the first column, the heading above them row -1.
    """
    table = page.locator("[data-testid=stDataFrame]")
    table.scroll_into_view_if_needed()
    told = table.locator(f"canvas tr[aria-rowindex='{row + 2}']")
    told.filter(has_text=text).wait_for(state="attached")
    box = table.bounding_box()
    assert box is not None
    return box["x"] + (18 if column == 0 else 250), box["y"] + 17 + 35 * (row + 1)


def _ours(url: str, server: str) -> bool:
    return url.startswith((server, server.replace("http", "ws", 1), "data:", "blob:"))


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _await(url: str, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(PATIENCE // 100):
        assert process.poll() is None, "the dashboard's server has ended; see server.log"
        try:
            with urllib.request.urlopen(url, timeout=1):  # noqa: S310 (loopback)
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the dashboard's server does not answer")
