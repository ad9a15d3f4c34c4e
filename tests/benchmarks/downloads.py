"""What downloads through the page need of memory: the server before and at its most, and who makes the file.

    python -m tests.benchmarks.downloads ARCHIVE [--words actor=nato] [--formats csv jsonl parquet xlsx]

A real server, and a real Chromium that opens the Articles page of all days and clicks Download. For each form, in a
server of its own: the articles, seconds until the browser begins to take the file and until it has it, its size, and
the proportional set size (PSS) of the server before the click and at its most from the click until the file is taken,
and that of the process that makes the file. The rows and the checksum of the manifest are held against the page and
against what came.
"""

import argparse
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from data.formats import FORMATS
from tests.browser.conftest import installed

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 900_000


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("archive")
    asked.add_argument("--words", default="")
    asked.add_argument("--formats", nargs="+", default=list(FORMATS))
    asked.add_argument("--held", type=int, default=5_000_000)
    options = asked.parse_args()
    print(
        f"{'form':<8} {'articles':>10} {'begins s':>9} {'taken s':>8} {'file MB':>8} {'server MB':>10} "
        f"{'at most':>8} {'more':>6} {'maker MB':>9}"
    )
    for form in options.formats:
        with server(options.archive, options.held) as (address, pid), sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=installed(), args=["--no-sandbox"])
            page = browser.new_page()
            page.set_default_timeout(PATIENCE)
            page.goto(f"{address}/articles?period=all&{options.words}")
            measured(page, form, pid)
            browser.close()


def measured(page: Page, form: str, pid: int) -> None:
    """Download once and print a row."""
    counted = int(page.locator(".ng-count").inner_text().replace(",", ""))
    page.get_by_role("radio", name=form, exact=True).click()
    time.sleep(5)  # until the page has settled
    watch = Watch(pid)
    idle = watch.server
    began = time.perf_counter()
    with page.expect_download() as taken:
        page.locator(".st-key-download button").first.click()
    begins = time.perf_counter() - began
    file = Path(taken.value.path())
    seconds = time.perf_counter() - began
    watch.end()
    with page.expect_download() as beside:
        page.get_by_role("link", name="manifest").click()
    said = json.loads(Path(beside.value.path()).read_text())
    with file.open("rb") as body:
        sha256 = hashlib.file_digest(body, "sha256").hexdigest()
    if (said["rows"], said["sha256"]) != (counted, sha256):
        raise SystemExit(f"{form}: the page counts {counted}, and the manifest says {said}; sha256 {sha256}")
    print(
        f"{form:<8} {counted:>10,} {begins:>9,.1f} {seconds:>8,.1f} {file.stat().st_size / 1e6:>8,.1f} {idle:>10,.0f} "
        f"{watch.server:>8,.0f} {watch.server - idle:>6,.0f} {watch.maker:>9,.0f}",
        flush=True,
    )


class Watch:
    """The most memory that a process and its children have had since now, in MB."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.server, self.maker = pss(pid), 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def _watch(self) -> None:
        while not self._over.wait(0.1):
            self.server = max(self.server, pss(self.pid))
            children = Path(f"/proc/{self.pid}/task").glob("*/children")
            with suppress(OSError):
                pids = {int(child) for one in children for child in one.read_text().split()}
                self.maker = max(self.maker, sum(map(pss, pids)))

    def end(self) -> None:
        """Watch no longer."""
        self._over.set()
        self._thread.join()


def pss(pid: int) -> float:
    """Proportional set size in MB; nothing of a process that has ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1e3
    return 0.0


@contextmanager
def server(archive: str, held: int) -> Iterator[tuple[str, int]]:
    """The address of a dashboard of this archive, and its process."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.port", str(port)]
    command += ["--server.address", "127.0.0.1", "--logger.hideWelcomeMessage", "true"]
    environment = {**os.environ, "NEWSGAUGE_ARCHIVE": archive, "NEWSGAUGE_HELD": str(held), "OPENBLAS_NUM_THREADS": "1"}
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            answers(f"http://127.0.0.1:{port}/_stcore/health")
            yield f"http://127.0.0.1:{port}", process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def answers(url: str) -> None:
    """Wait until a server answers."""
    for _ in range(600):
        with suppress(OSError), urllib.request.urlopen(url, timeout=1):  # noqa: S310 (loopback)
            return
        time.sleep(0.1)
    raise SystemExit(f"{url} does not answer")


if __name__ == "__main__":
    main()
