"""How much of 180 annotated pages we read right, and how fast.

    python -m tests.benchmarks.pages [--data DIR] [--wrong]

Reads web-pages-180.tar.xz of the development data: strings that must and must not stand in the text, titles, days.
"""

import argparse
import json
import tarfile
import time
from pathlib import Path
from typing import Any

from ingest.pages import Page, read_page

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--data", type=Path, default=SHARED)
    asked.add_argument("--wrong", action="store_true", help="print each string that is missing or too much")
    options = asked.parse_args()
    with tarfile.open(options.data / "web-pages-180.tar.xz") as files:
        contents = {member.name: file.read() for member in files if (file := files.extractfile(member))}
    expected = json.loads(next(content for name, content in contents.items() if name.endswith("expect.json")))
    by_name = {name.rpartition("/")[2]: content for name, content in contents.items()}
    started = time.process_time()
    pages = {url: read_page(by_name[wanted["file"]], url) for url, wanted in expected.items()}
    seconds = time.process_time() - started
    report(pages, expected, options.wrong)
    print(f"{len(pages)} pages in {seconds:.1f} CPU-seconds, {len(pages) / seconds:.0f} a second")


def report(pages: dict[str, Page], expected: dict[str, dict[str, Any]], wrong: bool) -> None:
    there = sum(text in pages[url].text for url, wanted in expected.items() for text in wanted["with"])
    missing = sum(len(wanted["with"]) for wanted in expected.values()) - there
    chrome = sum(text in pages[url].text for url, wanted in expected.items() for text in wanted["without"])
    kept_out = sum(len(wanted["without"]) for wanted in expected.values()) - chrome
    precision, recall = there / (there + chrome), there / (there + missing)
    print(f"must be there:      {there} of {there + missing}")
    print(f"must not be there:  {kept_out} of {kept_out + chrome} kept out")
    print(f"precision {precision:.3f}, recall {recall:.3f}, F1 {2 * precision * recall / (precision + recall):.3f}")
    titled = {url: wanted["title"] for url, wanted in expected.items() if wanted.get("title")}
    print(f"title:  {sum(pages[url].title == title for url, title in titled.items())} of {len(titled)}")
    dated = {url: wanted["date"] for url, wanted in expected.items() if wanted.get("date")}
    days = {url: f"{page.published_at:%Y-%m-%d}" for url, page in pages.items() if page.published_at}
    print(f"day:    {sum(days.get(url) == day for url, day in dated.items())} of {len(dated)}")
    timed = [page for page in pages.values() if page.published_at and f"{page.published_at:%H%M}" != "0000"]
    print(f"with a time of day: {len(timed)}")
    print(f"no article: {sum(not page.text for page in pages.values())}")
    if wrong:
        for url, wanted in expected.items():
            for text in wanted["with"]:
                if text not in pages[url].text:
                    print(f"missing   {wanted['file']}: {text[:80]!r} {pages[url].notice or ''}")
            for text in wanted["without"]:
                if text in pages[url].text:
                    print(f"too much  {wanted['file']}: {text[:80]!r}")
            if wanted.get("title") and pages[url].title != wanted["title"]:
                print(f"title     {wanted['file']}: {wanted['title']!r}, read {pages[url].title!r}")
            if wanted.get("date") and days.get(url) != wanted["date"]:
                print(f"day       {wanted['file']}: {wanted['date']!r}, read {pages[url].published_at}")


if __name__ == "__main__":
    main()
