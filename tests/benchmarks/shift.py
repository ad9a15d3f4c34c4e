"""How much moves on each page as it is opened: the browser's own measure of layout shift.

    python -m tests.benchmarks.shift ARCHIVE [--times 5] [--width 1440] [--words actor=nato]

A real server and a real Chromium, which opens each page so many times, each time as a new reader. For each page: median
and most of the sum of layout shifts that no input caused, until the page is idle. How much moves hangs on how a slow
machine shares out the drawing, which is why no test holds it; up to 0.1 is what https://web.dev/articles/cls calls
good.
"""

import argparse
import asyncio
import os
import statistics

import aiohttp
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.benchmarks.dashboard import ready, server
from tests.browser.conftest import installed

PAGES = ["", "actor", "compare", "stories", "articles", "outlets", "health", "method"]
WATCH = """
window.shift = 0;
new PerformanceObserver(list => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
}).observe({type: 'layout-shift', buffered: true});
"""
IDLE = "document.querySelector('[data-testid=stApp]').dataset.testScriptState == 'notRunning'"
SETTLED = 2_000  # milliseconds after the script has ended, in which charts are drawn
PATIENCE = 60_000


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("archive")
    asked.add_argument("--times", type=int, default=5)
    asked.add_argument("--width", type=int, default=1440)
    asked.add_argument("--words", default="actor=nato")
    options = asked.parse_args()
    print(f"{options.width} px wide, load of the machine {os.getloadavg()[0]:.1f}")
    with server(options.archive) as (port, pid):
        asyncio.run(answers(f"http://127.0.0.1:{port}", pid))
        with sync_playwright() as driver:
            of_pages(driver, f"http://127.0.0.1:{port}", options)


def of_pages(driver: Playwright, address: str, options: argparse.Namespace) -> None:
    """A line a page."""
    browser = driver.chromium.launch(executable_path=installed(), args=["--no-sandbox", "--disable-gpu"])
    for name in PAGES:
        shifts = [shift(browser, f"{address}/{name}?{options.words}", options.width) for _ in range(options.times)]
        print(f"{name or 'overview':<10} median {statistics.median(shifts):.3f}  most {max(shifts):.3f}", flush=True)
    browser.close()


async def answers(address: str, pid: int) -> None:
    """Wait until the server is there."""
    async with aiohttp.ClientSession() as client:
        await ready(client, address, pid)


def shift(browser: Browser, address: str, width: int) -> float:
    """The sum of layout shifts of a page that a new reader opens."""
    context = browser.new_context(viewport={"width": width, "height": 1000})
    context.add_init_script(WATCH)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(address, wait_until="commit")
    page.wait_for_selector("h1")
    page.wait_for_function(IDLE)
    page.wait_for_timeout(SETTLED)
    found = float(page.evaluate("window.shift"))
    context.close()
    return found


if __name__ == "__main__":
    main()
