"""The server's process: `streamlit`, which ends as the command line promises."""

import signal
import sys

import click
from streamlit.web.cli import main


def serve() -> None:
    """Do what `streamlit` does with these arguments; SIGINT ends with exit status 130, as it would end any program."""
    try:
        main(prog_name="streamlit", standalone_mode=False)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(128 + signal.SIGINT)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)


if __name__ == "__main__":
    serve()
