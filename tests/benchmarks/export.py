"""What an export needs of memory as it grows: rows, seconds, peak of memory, size of the file, for each format.

    python -m tests.benchmarks.export FOLDER [--articles 1000 100000 1000000] [--what articles] [--months 12]

Archives that FOLDER lacks are made by tests/benchmarks/large_archive.py, with texts of about a thousand characters.
Each file is written by the command line in a process of its own, whose peak of resident memory (ru_maxrss) is told; of
it the interpreter and the libraries take what the smallest archive shows. Seconds are of the processors.
"""

import argparse
import os
import sys
from pathlib import Path

from data.formats import FORMATS
from tests.benchmarks import large_archive

HOME = Path(__file__).resolve().parents[2]


def main() -> None:
    """Make what is missing, export it in each format, and print."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--articles", type=int, nargs="+", default=[1_000, 100_000, 1_000_000])
    asked.add_argument("--what", nargs="+", default=["articles", "mentions"])
    asked.add_argument("--formats", nargs="+", default=list(FORMATS))
    asked.add_argument("--months", type=int, default=12)
    asked.add_argument("--sentences", type=int, default=10)
    options = asked.parse_args()
    print(f"{'articles':>10} {'what':<9} {'format':<8} {'seconds':>8} {'peak MB':>8} {'file MB':>8}")
    for number in options.articles:
        archive = options.folder / f"export-{number}-{options.months}-{options.sentences}"
        if not archive.exists():
            large_archive.make(str(archive), number, options.months, seed=1, sentences=options.sentences)
        for what in options.what:
            for form in options.formats:
                seconds, peak, size = _measured(archive, what, form, options.folder / f"out.{form}")
                print(f"{number:>10,} {what:<9} {form:<8} {seconds:>8,.1f} {peak:>8,.0f} {size:>8,.1f}", flush=True)


def _measured(archive: Path, what: str, form: str, file: Path) -> tuple[float, float, float]:
    """Seconds of the processors, peak and size in MB of one export."""
    command = [sys.executable, str(HOME / "newsgauge.py"), "export", what, "--archive", str(archive), "-o", str(file)]
    with Path(os.devnull).open("wb") as nowhere:
        child = os.posix_spawn(
            command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, nowhere.fileno(), 2)]
        )
        _, status, used = os.wait4(child, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} failed")
    size = file.stat().st_size / 1e6
    file.unlink()
    file.with_name(file.name + ".manifest.json").unlink()
    # ru_maxrss is in kilobytes on Linux and in bytes on macOS.
    return used.ru_utime + used.ru_stime, used.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3), size


if __name__ == "__main__":
    main()
