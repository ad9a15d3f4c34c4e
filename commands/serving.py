"""The commands that serve the web page: dashboard, and demo, which fills an archive for it."""

import argparse
import os
import socket
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from commands.edges import HOME, OK, SOME_FAILED, bar, failed, say, usage
from commands.options import usual_archive


def demo(options: argparse.Namespace) -> int:
    """Collect the sample press over real HTTP into an archive of its own, then show it."""
    from data.sample.server import PortTakenError
    from ingest import demo as sample
    from ingest import tone

    # NEWSGAUGE_ARCHIVE names the archive of one's own news: the demo goes elsewhere unless it is told where.
    own = options.archive == usual_archive()
    archive, workers = str(HOME / "data" / "var" / "sample") if own else options.archive, os.cpu_count() or 1
    if "://" in archive:
        usage(f"demo: {archive} is no folder of this machine. Name one with --archive, or leave it out")
    if not options.build_only:
        free("127.0.0.1", options.port)
    if not sys.stderr.isatty():
        say("collecting the sample press, about half a minute")
    try:
        with sample.press(options.press_port) as opened:
            with bar("Collecting the sample press") as progress:
                sample.build(archive, opened, workers, progress)

            def read_by_the_model() -> None:
                with bar("Reading by the model") as progress:
                    sample.rescore(archive, opened, workers, progress)

            if options.build_only:
                read_by_the_model()
                return OK
            print(f"Dashboard: http://127.0.0.1:{options.port} (stop with Ctrl-C)", flush=True)
            environment = {"NEWSGAUGE_ARCHIVE": archive, "NEWSGAUGE_SAMPLE": "1"}
            environment["NEWSGAUGE_CATALOGUE"] = str(sample.catalogue_folder(options.press_port))
            environment["NEWSGAUGE_MODEL_VERSION"] = tone.version(tone.DEFAULT)
            # So that the first chart need not wait for the model, until it is done tones are the lexicon's.
            return serve(streamlit(options.port, "127.0.0.1"), environment, meanwhile=read_by_the_model)
    except (PortTakenError, sample.DemoError) as error:
        return failed(SOME_FAILED, str(error))


def dashboard(options: argparse.Namespace) -> NoReturn:
    """The web page."""
    from data import hosts
    from ingest import tone

    environment = {"NEWSGAUGE_ARCHIVE": options.archive, "NEWSGAUGE_CATALOGUE": str(options.catalogue)}
    # So that Health can tell what is stale: the page itself knows of no model.
    environment["NEWSGAUGE_MODEL_VERSION"] = tone.version(
        "lexicon" if os.environ.get("NEWSGAUGE_TONE") == "lexicon" else tone.DEFAULT
    )
    environment[hosts.VARIABLE] = ",".join(names(options.host))
    free(options.address, options.port)
    print(f"Dashboard: http://{hosts.in_url(options.address)}:{options.port} (stop with Ctrl-C)", flush=True)
    os.chdir(HOME)
    command = streamlit(options.port, options.address)
    os.execve(command[0], command, SERVING | os.environ | environment)  # noqa: S606 (signals then reach the server itself)


#: The many small products of many sessions take twice as long where each is shared out over the cores.
SERVING = {"OPENBLAS_NUM_THREADS": "1"}


def streamlit(port: int, address: str) -> list[str]:
    """The command that serves the dashboard."""
    command = [sys.executable, "-m", "dashboard.server", "run", str(HOME / "streamlit_app.py")]
    command += ["--server.port", str(port), "--server.address", address, "--server.headless", "true"]
    return [*command, "--logger.hideWelcomeMessage", "true", "--logger.level", "warning"]


def names(given: Sequence[str] | None) -> list[str]:
    """The names that the dashboard answers to beside its own: `given`, or else NEWSGAUGE_HOST."""
    from data import hosts

    variable = os.environ.get(hosts.VARIABLE, "")
    found = list(given or (one.strip() for one in variable.split(",") if one.strip()))
    for text in found:
        if hosts.host_name(text) is None:
            usage(f"--host {text}: write the name alone, for example news.example.org")
    return found


def free(address: str, port: int) -> None:
    """End with exit status 2 where something listens there already."""
    from data import hosts

    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((address, port))
        except OSError as error:
            at = f"{hosts.in_url(address)}:{port}"
            usage(f"{at} cannot be used ({error.strerror}). Another dashboard? Try --port {port + 1}")


def serve(command: list[str], environment: dict[str, str], meanwhile: Callable[[], None]) -> int:
    """Run a server until it ends or this process is told to stop; it never outlives us. Do something `meanwhile`."""
    from data import signals

    with signals.stoppable(), signals.child(command, HOME, SERVING | os.environ | environment) as server:
        meanwhile()
        return server.wait()
