"""The front door before Python starts: the wrapper in a folder of its own, with stand-ins for python3 on its path."""

import shutil
import subprocess
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parents[1]
TOOLS = ("sh", "cat", "cmp", "dirname", "readlink", "mkdir", "rm", "printf", "kill")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout that was never set up, and beside it `bin` with the few tools that the wrapper calls."""
    house = tmp_path / "my checkout"
    house.mkdir()
    for name in ("newsgauge", "pyproject.toml", "constraints.txt"):
        shutil.copy(HOME / name, house / name)
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in TOOLS:
        if found := shutil.which(tool):
            (tools / tool).symlink_to(found)
    return house


def script(path: Path, body: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def run(checkout: Path, *arguments: str, cwd: Path = Path("/")) -> subprocess.CompletedProcess[str]:
    path = str(checkout.parent / "bin")
    command = [str(checkout / "newsgauge"), *arguments]
    return subprocess.run(command, cwd=cwd, env={"PATH": path}, capture_output=True, text=True, timeout=30)


def test_without_python_it_says_what_to_install(checkout):
    done = run(checkout, "--version")
    assert done.returncode == 1
    assert "needs Python 3.11 or newer" in done.stderr


def test_an_old_python_is_not_taken(checkout):
    script(checkout.parent / "bin" / "python3", "exit 1")  # what the version check of an old one answers
    assert "needs Python 3.11 or newer" in run(checkout, "--version").stderr


def test_without_the_venv_module_it_names_the_debian_package(checkout):
    script(checkout.parent / "bin" / "python3", 'case "$*" in *ensurepip*) exit 1;; esac')
    done = run(checkout, "--version")
    assert done.returncode == 1
    assert "python3-venv" in done.stderr
    assert not (checkout / ".venv.lock").exists()


def test_once_set_up_it_goes_straight_to_python_from_any_directory_and_by_a_link(checkout, tmp_path):
    stamp = checkout / ".venv" / "set-up.stamp"
    script(checkout / ".venv" / "bin" / "python", 'printf "%s\\n" "$@"')
    stamp.write_text((checkout / "constraints.txt").read_text() + (checkout / "pyproject.toml").read_text())
    link = tmp_path / "link"
    link.symlink_to(checkout / "newsgauge")
    done = subprocess.run(
        [str(link), "export", "a b"],
        cwd="/",
        env={"PATH": str(tmp_path / "bin")},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.stdout.splitlines() == [str(checkout / "newsgauge.py"), "export", "a b"]


def test_a_second_set_up_waits_for_nobody(checkout):
    script(checkout.parent / "bin" / "python3", "exit 0")
    (checkout / ".venv.lock").mkdir()
    (checkout / ".venv.lock" / "pid").write_text("1")  # init is always there
    done = run(checkout, "--version")
    assert done.returncode == 75
    assert "another set-up is at work" in done.stderr


def test_every_requirement_is_pinned(checkout):
    import tomllib

    project = tomllib.loads((checkout / "pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + [one for extra in project["optional-dependencies"].values() for one in extra]
    pinned = {line.split("==")[0].replace("_", "-") for line in (checkout / "constraints.txt").read_text().splitlines()}
    names = {one.split(">=")[0].split("[")[0].lower().replace("_", "-") for one in wanted}
    assert names - pinned == set()


@pytest.mark.parametrize(
    ("secrets", "installs"), [("[auth]\nclient_id = 'x'\n", True), ("[other]\n", False), ("", False)]
)
def test_what_a_sign_in_needs_is_installed_where_one_is_set_up(checkout, secrets, installs):
    script(checkout / ".venv" / "bin" / "python", 'printf "%s\\n" "$*"')
    pinned = (checkout / "constraints.txt").read_text() + (checkout / "pyproject.toml").read_text()
    (checkout / ".venv" / "set-up.stamp").write_text(pinned)
    if secrets:
        (checkout / ".streamlit").mkdir()
        (checkout / ".streamlit" / "secrets.toml").write_text(secrets)
    done = run(checkout, "--archive", "a", "dashboard")
    assert done.stdout.splitlines()[-1] == f"{checkout / 'newsgauge.py'} --archive a dashboard"
    assert (checkout / ".venv" / "set-up-sign-in.stamp").exists() is installs
    wanted = checkout / ".venv" / "wanted.txt"
    assert (wanted.exists() and "sign-in" in wanted.read_text()) is installs
    assert run(checkout, "status").stdout.splitlines() == [f"{checkout / 'newsgauge.py'} status"]
