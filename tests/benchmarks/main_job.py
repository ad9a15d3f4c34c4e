"""The main job on a real press: `python tests/benchmarks/main_job.py us-press-2012-2018.parquet [ARCHIVE]`.

Imports the file twice through the command line and prints articles per second, the peak memory of all processes
together, and the weeks in which some actors were written about most. The baseline, in the same run and on one core, is
vaderSentiment alone over the sentences of a sample of the same articles.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import polars as pl
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from ingest import text

HOME = Path(__file__).resolve().parents[2]
SAMPLE = 300


def main() -> None:
    """Measure and print."""
    file = Path(sys.argv[1])
    archive = sys.argv[2] if len(sys.argv) > 2 else tempfile.mkdtemp(prefix="newsgauge-")
    os.environ["NEWSGAUGE_ARCHIVE"] = archive
    print(f"archive {archive}")
    alone = vader_alone(file)
    print(f"vaderSentiment alone, one core: {alone:,.0f} articles/s")
    for name in ("first import", "second import"):
        report, seconds, peak = imported(file)
        rate = report["entries"] / seconds
        told = {key: report[key] for key in ("new", "dropped", "mentions")}
        print(f"{name}: {seconds:.1f} s, {rate:,.0f} articles/s ({rate / alone:.2f} of the baseline), ", end="")
        print(f"peak {peak / 1e6:,.0f} MB, {told}")
    for actor in ("donald-trump", "barack-obama", "russia"):
        print(f"weeks of {actor}: {peaks(actor)}")


def vader_alone(file: Path) -> float:
    """Articles per CPU-second of vaderSentiment over each sentence of a sample."""
    every = pl.read_parquet(file, columns=["text"])["text"]
    bodies = every.sample(min(SAMPLE, len(every)), seed=1)
    analyzer = SentimentIntensityAnalyzer()
    started = time.process_time()
    for body in bodies:
        for start, end in text.sentences(body):
            analyzer.polarity_scores(body[start:end])
    return len(bodies) / (time.process_time() - started)


def imported(file: Path) -> tuple[dict, float, int]:
    """The report of one import, its seconds, and the peak of the memory of it and its workers together, in bytes."""
    started = time.perf_counter()
    command = [sys.executable, str(HOME / "newsgauge.py"), "import", str(file), "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    peak = 0
    done = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.2):
            peak = max(peak, memory(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    out, _ = process.communicate()
    done.set()
    watcher.join()
    return json.loads(out), time.perf_counter() - started, peak


def memory(pid: int) -> int:
    """Bytes that a process and its children hold, what they share counted once (PSS)."""
    try:
        own = next(
            int(line.split()[1]) * 1024
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            if line.startswith("Pss:")
        )
        # A child belongs to the thread that started it.
        children = [child for of in Path(f"/proc/{pid}/task").glob("*/children") for child in of.read_text().split()]
    except (OSError, StopIteration):
        return 0
    return own + sum(memory(int(child)) for child in children)


def peaks(actor: str) -> str:
    """The five weeks with most mentions, in order of size."""
    command = [sys.executable, str(HOME / "newsgauge.py"), "export", "volume", "--actor", actor, "--every", "week"]
    out = subprocess.run(command, capture_output=True, check=True).stdout
    weeks = pl.read_csv(out).top_k(5, by="count")
    return ", ".join(f"{day} ({count} of {total})" for day, count, total, _ in weeks.iter_rows())


if __name__ == "__main__":
    main()
