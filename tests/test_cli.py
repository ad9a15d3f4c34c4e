"""The command line as cron, a notebook and an analyst use it."""

import importlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import polars as pl
import pytest

import newsgauge
from data import formats
from data.archive import open_archive
from data.catalogue import DEFAULT, load
from ingest import target, tone
from tests.press_server import GOOD, feed, http, press

HOME = Path(newsgauge.__file__).parent
ROWS = [
    {"url": "https://example.org/1", "outlet": "Example Times", "title": "NATO praises Oslo", "text": "NATO met.",
     "published_at": "2024-10-01"},
    {"url": "https://example.org/2", "outlet": "Example Times", "title": "Rain", "text": "It rained in Ohio.",
     "published_at": "2024-10-02"},
    {"url": "https://example.com/3", "outlet": "Other Post", "title": "Mark Rutte in Kyiv", "text": "He met Ukraine.",
     "published_at": "2024-10-03"},
]  # fmt: skip


@pytest.fixture
def archive(tmp_path, monkeypatch) -> str:
    """The address of an archive that is not there yet."""
    address = str(tmp_path / "archive")
    monkeypatch.setenv("NEWSGAUGE_ARCHIVE", address)
    return address


@pytest.fixture
def rows(tmp_path) -> Path:
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return file


def run(*arguments: object) -> int:
    """The exit status of a command, also where it ends by itself (a wrong word, for example)."""
    try:
        return newsgauge.main([str(one) for one in arguments])
    except SystemExit as end:
        return int(end.code or 0)


def printed(capsys: pytest.CaptureFixture[str]) -> dict:
    return json.loads(capsys.readouterr().out)


def test_what_was_imported_can_be_exported(archive, rows, tmp_path, capsys):
    assert run("import", rows, "--json") == 0
    assert printed(capsys)["new"] == 3
    assert run("export", "articles", "--actor", "nato", "-o", tmp_path / "nato.csv") == 0
    assert "NATO praises Oslo" in (tmp_path / "nato.csv").read_text()
    manifest = json.loads((tmp_path / "nato.csv.manifest.json").read_text())
    assert manifest["rows"] == 1


def test_more_rows_than_a_sheet_holds_are_told_before_any_is_written(archive, rows, tmp_path, capsys, monkeypatch):
    assert run("import", rows, "--tone", "lexicon") == 0
    monkeypatch.setattr(formats, "XLSX_ROWS", 3)
    written = []
    monkeypatch.setattr(formats, "write", lambda *given: written.append(given))
    assert run("export", "articles", "-o", tmp_path / "all.xlsx") == 2
    assert "A sheet of xlsx holds 2 articles, and these are 3." in capsys.readouterr().err
    assert written == []
    monkeypatch.undo()
    monkeypatch.setattr(formats, "XLSX_ROWS", 3)
    assert run("export", "articles", "--archive", archive, "--actor", "nato", "-o", tmp_path / "nato.xlsx") == 0


def test_a_run_that_cannot_write_the_search_index_does_not_say_that_all_is_good(archive, rows, capsys):
    assert run("import", rows) == 0
    shutil.rmtree(Path(archive) / "search")
    (Path(archive) / "search").write_text("no folder can be made here")
    rows.write_text(json.dumps(ROWS[0] | {"url": "https://example.org/4"}) + "\n")
    capsys.readouterr()
    assert run("import", rows, "--json") == 74
    told = capsys.readouterr()
    assert (json.loads(told.out)["new"], json.loads(told.out)["exit"]) == (1, 74)
    assert "the search index cannot be written" in told.err
    assert "What was collected is stored." in told.err
    (Path(archive) / "search").unlink()
    assert run("import", rows) == 0


def test_what_was_imported_by_the_lexicon_is_brought_up_to_the_model_later(archive, tmp_path, monkeypatch):
    file = tmp_path / "english.jsonl"
    file.write_text("".join(json.dumps(row | {"language": "en"}) + "\n" for row in ROWS))

    def made() -> tuple[set, int]:
        mentions = open_archive(archive).mentions().collect()
        return {*mentions["model_version"], *open_archive(archive).readings().collect()["model_version"]}, (
            mentions["confidence"].null_count()
        )

    assert run("import", file, "--tone", "lexicon") == 0
    assert made() == ({tone.LEXICON_VERSION}, 3)
    assert run("rescore", "--tone", "model") == 0
    assert made() == ({tone.MODEL_VERSION}, 0)
    monkeypatch.setenv("NEWSGAUGE_TONE", "lexicon")
    assert run("rescore") == 0
    assert made() == ({tone.LEXICON_VERSION}, 3)
    runs = open_archive(archive).runs().sort("started_at").collect()
    assert runs["model_version"].to_list() == [tone.LEXICON_VERSION, tone.MODEL_VERSION, tone.LEXICON_VERSION]


def test_a_text_is_explained_by_the_lexicon_too(tmp_path, capsys):
    file = tmp_path / "one.jsonl"
    file.write_text(json.dumps({"id": 1, "text": "NATO is a great success.", "language": "en"}))
    assert run("explain", "--tone", "lexicon", file) == 0
    made = printed(capsys)
    assert made["model_version"] == tone.LEXICON_VERSION
    assert made["mentions"][0]["confidence"] is None


@pytest.mark.parametrize("command", ["import", "explain"])
def test_another_way_to_measure_tone_is_wrong_usage(archive, rows, capsys, monkeypatch, command):
    assert run(command, rows, "--tone", "vibes") == 2
    assert "'vibes' is neither model nor lexicon" in capsys.readouterr().err
    monkeypatch.setenv("NEWSGAUGE_TONE", "vibes")
    assert run(command, rows) == 2
    assert not Path(archive, "articles").exists()


def test_without_the_model_nothing_is_stored_and_the_way_out_is_told(archive, rows, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(target, "FOLDER", tmp_path)
    assert run("import", rows, "--tone", "model") == 2
    said = capsys.readouterr().err
    assert f"{tmp_path / target.MODEL}: the tone model is missing." in said
    assert "--tone lexicon" in said
    assert open_archive(archive).size()["articles"] == 0
    assert run("import", rows, "--tone", "lexicon") == 0


def test_importing_twice_changes_nothing(archive, rows, capsys):
    run("import", rows)
    before = open_archive(archive).articles().collect()
    assert run("import", rows, "--json") == 0
    after = capsys.readouterr().out.splitlines()[-1]
    assert json.loads(after)["dropped"] == {"known": 3}
    assert open_archive(archive).articles().collect().equals(before)


def test_a_changed_text_is_a_new_version_and_readers_see_it(archive, rows, tmp_path, capsys):
    run("import", rows)
    later = tmp_path / "later.jsonl"
    later.write_text(json.dumps(ROWS[0] | {"text": "NATO met, and Russia was furious."}))
    assert run("import", later) == 0
    assert "1 changed" in capsys.readouterr().out
    stored = open_archive(archive)
    assert sorted(stored.mentions().filter(article_id=stored_id(stored)).collect()["actor"]) == ["nato", "russia"]
    assert stored.scan("articles").collect().height == 4


def stored_id(stored) -> str:
    return stored.articles().filter(url="https://example.org/1").collect()["id"][0]


def test_a_new_catalogue_replaces_mentions_and_no_article(archive, rows, tmp_path, capsys):
    run("import", rows)
    articles = open_archive(archive).scan("articles").collect()
    mine = tmp_path / "catalogue"
    shutil.copytree(DEFAULT, mine)
    with (mine / "actors.toml").open("a") as actors:
        actors.write('\n[ohio]\nlabel = "Ohio"\nkind = "organisation"\ncolour = 1\nstrong = ["Ohio"]\n')
        actors.write('examples = ["It rained in [Ohio]."]\n')
    assert run("rescore", "--catalogue", mine) == 0
    assert "3 articles read again" in capsys.readouterr().out
    after = open_archive(archive)
    assert "ohio" in after.mentions().collect()["actor"]
    assert after.mentions().collect()["catalogue_version"].n_unique() == 1
    assert after.scan("articles").collect().equals(articles)


@pytest.fixture
def of_two_catalogues(archive, tmp_path, capsys) -> Path:
    """The folder of a catalogue; two months were read with it, and one, the first, with the shipped one."""
    mine = tmp_path / "catalogue"
    shutil.copytree(DEFAULT, mine)
    with (mine / "actors.toml").open("a") as actors:
        actors.write('\n[ohio]\nlabel = "Ohio"\nkind = "organisation"\ncolour = 1\nstrong = ["Ohio"]\n')
        actors.write('examples = ["It rained in [Ohio]."]\n')
    for number, row in enumerate(ROWS):
        file = tmp_path / f"{number}.jsonl"
        file.write_text(json.dumps(row | {"text": "It rained in Ohio.", "published_at": f"2024-0{number + 1}-15"}))
        assert run("import", file, "--tone", "lexicon", "--catalogue", mine if number else DEFAULT) == 0
    capsys.readouterr()
    return mine


def test_status_tells_what_is_stale_until_it_is_rescored(archive, of_two_catalogues, capsys):
    words = ("--tone", "lexicon", "--catalogue", of_two_catalogues)
    run("status", "--json", *words)
    found = printed(capsys)["readings"]
    assert (found["articles"], found["stale"], found["model_version"]) == (3, 1, tone.LEXICON_VERSION)
    of_today, other = found["versions"]
    assert (of_today["catalogue_version"], of_today["articles"], of_today["stale"]) == (
        found["catalogue_version"], 2, False,
    )  # fmt: skip
    assert (other["articles"], other["first_day"], other["last_day"], other["stale"]) == (
        1, "2024-01-15", "2024-01-15", True,
    )  # fmt: skip
    assert run("status", *words) == 0
    told = capsys.readouterr().out
    assert "1 of 3 articles are stale, read with another catalogue or model than today's: newsgauge rescore" in told
    assert "1 stale, 2024-01-15 to 2024-01-15: catalogue" in told

    articles = open_archive(archive).scan("articles").collect()
    assert run("rescore", "--stale", *words) == 0
    said = capsys.readouterr().out
    assert "1 article read again, " in said
    assert "2 articles left as they are" in said
    assert open_archive(archive).scan("articles").collect().equals(articles)
    ohio = open_archive(archive).mentions().collect().filter(actor="ohio")
    assert ohio.height == 3
    assert ohio["catalogue_version"].n_unique() == 1

    run("status", *words)
    assert "3 articles with catalogue" in capsys.readouterr().out
    assert run("rescore", "--stale", *words) == 0
    assert "nothing is stale, all 3 articles are up to date" in capsys.readouterr().out


def test_another_model_makes_all_stale(of_two_catalogues, capsys, monkeypatch):
    monkeypatch.setenv("NEWSGAUGE_TONE", "lexicon")
    run("status", "--json", "--catalogue", of_two_catalogues)
    assert printed(capsys)["readings"]["stale"] == 1
    run("status", "--json", "--catalogue", of_two_catalogues, "--tone", "model")
    assert printed(capsys)["readings"]["stale"] == 3


def test_a_rescore_that_is_broken_off_goes_on_with_the_months_that_are_left(archive, of_two_catalogues, monkeypatch):
    import data.archive
    from data import versions

    shipped = ("--tone", "lexicon", "--catalogue", DEFAULT)
    whole, months = data.archive.Archive.replace_month, []

    def until_march(self, month, *made):
        if month == "2024-03" and months == ["2024-02"]:
            months.append("broken off")
            raise MemoryError
        months.append(month)
        whole(self, month, *made)

    monkeypatch.setattr(data.archive.Archive, "replace_month", until_march)
    with pytest.raises(MemoryError):
        run("rescore", "--stale", *shipped)
    assert run("rescore", "--stale", *shipped) == 0
    assert months == ["2024-02", "broken off", "2024-03"]
    known = load(DEFAULT).version
    assert versions.stale_months(open_archive(archive).readings(), known, tone.LEXICON_VERSION) == []


def test_a_run_of_one_good_feed_among_bad_ones_keeps_the_good(archive, capsys):
    answers = {"/good.xml": http(feed("NATO meets in Oslo", "Rain")), "/bad.xml": http(b"<rss><channel>")}
    with press(answers) as served:
        feeds = [word for path in ("/good.xml", "/bad.xml", "/none.xml") for word in ("--feed", served.url(path))]
        allow = ["--allow-address", f"127.0.0.1:{served.port}"]
        assert run("ingest", "--json", *feeds, *allow) == 1
        said = capsys.readouterr()
        done = json.loads(said.out)
        assert (done["new"], done["feeds"]["ok"], done["feeds"]["not found"]) == (2, 1, 1)
        assert done["entries"] == done["new"] + done["changed"] + sum(done["dropped"].values())
        assert served.url("/none.xml") in said.err
        assert run("ingest", "--all", "--json", *feeds[:2], *allow) == 0
        assert json.loads(capsys.readouterr().out)["new"] == 0


def test_a_feed_that_was_just_read_is_not_due(archive, capsys):
    with press({"/good.xml": http(feed("NATO meets in Oslo"))}) as served:
        words = ["ingest", "--feed", served.url("/good.xml"), "--allow-address", f"127.0.0.1:{served.port}"]
        run(*words)
        asked = len(served.asked)
        assert run(*words) == 0
        assert len(served.asked) == asked
        capsys.readouterr()
        assert run(*words, "--dry-run") == 0
        assert capsys.readouterr().out.strip() == ""


def test_a_run_leaves_the_processors_first_to_readers(archive, rows, monkeypatch):
    asked = []
    monkeypatch.setattr(os, "setpriority", lambda *what: asked.append(what))
    assert run("import", rows) == 0
    assert asked == [(os.PRIO_PROCESS, 0, 10)]


def test_quiet_says_nothing_when_all_went_well(archive, capsys):
    with press({"/good.xml": http(feed("NATO meets in Oslo"))}) as served:
        allow = f"127.0.0.1:{served.port}"
        assert run("ingest", "--quiet", "--feed", served.url("/good.xml"), "--allow-address", allow) == 0
    assert capsys.readouterr().out == ""


def test_a_second_run_leaves_at_once(archive, rows, capsys):
    with open_archive(archive, create=True).lock():
        assert run("import", rows) == 75
    assert "another run" in capsys.readouterr().err


LATE = """
import sys, newsgauge
status = newsgauge.main(["ingest", "--outlet", "bbc"])
print([name for name in ("polars", "deltalake", "aiohttp", "lxml", "ingest") if name in sys.modules])
sys.exit(status)
"""


def test_a_run_that_comes_too_late_is_gone_before_anything_large_is_loaded(archive):
    with open_archive(archive, create=True).lock():
        late = subprocess.run([sys.executable, "-c", LATE], cwd=HOME, capture_output=True, text=True, timeout=60)
    assert (late.returncode, late.stdout) == (75, "[]\n")
    assert late.stderr.startswith(f"newsgauge: {archive}: another run (process {os.getpid()}) is writing.")


def test_of_five_runs_that_start_together_on_a_new_archive_one_works(archive):
    with press({"/good.xml": http(feed("NATO meets in Oslo"))}) as served:
        command = [sys.executable, str(HOME / "newsgauge.py"), "ingest", "--feed", served.url("/good.xml")]
        command += ["--allow-address", f"127.0.0.1:{served.port}", "--tone", "lexicon"]
        runs = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(5)]
        assert sorted(each.wait(120) for each in runs) == [0, 75, 75, 75, 75]
    assert open_archive(archive).size()["articles"] == 1


def test_a_folder_of_other_things_gets_no_lock_and_a_wrong_word_leaves_none(tmp_path, archive, rows):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("Dear")
    assert run("ingest", "--archive", tmp_path / "other") == 74
    assert [file.name for file in (tmp_path / "other").iterdir()] == ["letter.txt"]
    assert run("rescore", "--archive", tmp_path / "none") == 74
    assert not (tmp_path / "none").exists()
    assert run("ingest", "--outlet", "no-such-outlet") == 2
    assert run("import", rows) == 0


def test_a_run_that_is_told_to_stop_ends_and_is_recorded(archive):
    asked = threading.Event()
    stop = threading.Event()

    async def never(say, headers):
        asked.set()
        import asyncio

        await asyncio.get_running_loop().run_in_executor(None, stop.wait, 30)

    with press({"/slow.xml": never}) as served:
        command = [sys.executable, str(HOME / "newsgauge.py"), "ingest", "--feed", served.url("/slow.xml")]
        command += ["--allow-address", f"127.0.0.1:{served.port}"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            assert asked.wait(30)
            process.send_signal(signal.SIGTERM)
            out, _ = process.communicate(timeout=5)
        finally:
            stop.set()
            process.kill()
    assert process.returncode == 143
    assert "stopped by signal 15" in out
    assert open_archive(archive).runs().collect()["exit"].to_list() == [143]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["export", "mentions", "--actor", "nobody-at-all"], "nobody-at-all"),
        (["export", "volume", "--from", "yesterday"], "yesterday"),
        (["ingest", "--outlet", "no-such-outlet"], "no-such-outlet"),
        (["ingest", "--outlet", "bbcc"], "Did you mean bbc"),
        (["ingest", "--feed", "https://me:secret@example.org/rss.xml"], "a user or password"),
        (["export", "articles", "-o", "nato.pdf"], ".pdf is no format"),
        (["ingest", "--allow-address", "localhost"], "HOST:PORT"),
        (["ingest", "--shard", "3/2"], "N/M"),
        (["explain", "/nowhere/at-all.txt"], "No such file"),
        (["import", "--format", "docx", "x"], "docx"),
    ],
)
def test_a_wrong_word_is_named(archive, rows, capsys, words, said):
    run("import", rows)
    capsys.readouterr()
    assert run(*words) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["pipe", "device", "link to a device"])
@pytest.mark.parametrize(
    "words",
    [
        ["import"],
        ["explain"],
        ["export", "articles", "--format", "csv", "-o"],
        ["catalogue", "import-opml"],
        ["catalogue", "audit"],
        ["status", "--catalogue"],
        ["evaluate", "--data"],
    ],
    ids=" ".join,
)
def test_a_pipe_or_a_device_is_no_file(tmp_path, capsys, words, kind):
    place = tmp_path / "place"
    if kind == "pipe":
        os.mkfifo(place)
    elif kind == "link to a device":
        place.symlink_to("/dev/zero")
    else:
        place = Path("/dev/zero")
    assert run(*words, place) == 2
    assert f"{place} is no file and no folder but a pipe or a device. Name a file" in capsys.readouterr().err


def test_what_all_commands_have_may_stand_before_the_command_and_behind_it(archive, rows, tmp_path, capsys):
    mine, other = str(tmp_path / "mine"), str(tmp_path / "other")
    assert run("--archive", mine, "import", rows, "--json") == 0
    assert printed(capsys)["new"] == 3
    assert not Path(archive).exists()
    for words in (["--archive", mine, "status"], ["status", "--archive", mine], [f"--archive={mine}", "status"]):
        assert run(*words, "--json") == 0
        assert printed(capsys)["archive"]["articles"] == 3
    # Behind the command it counts more.
    assert run("--archive", mine, "status", "--archive", other) == 74
    assert run("--archive", other, "status", "--archive", mine) == 0
    assert run("--catalogue", tmp_path / "none", "--archive", mine, "status") == 2
    assert str(tmp_path / "none") in capsys.readouterr().err


@pytest.mark.parametrize("command", newsgauge.COMMANDS, ids=lambda one: one.name)
def test_each_command_of_the_list_is_done_by_somebody_and_shows_its_examples(command, capsys):
    module, _, function = command.does.partition(".")
    assert callable(getattr(importlib.import_module(f"commands.{module}"), function))
    assert run(command.name, "--help") == 0
    told = capsys.readouterr().out
    assert all(f"newsgauge {example}" in told for example in command.examples)
    assert "--archive URL" in told


def test_addresses_that_may_be_reached_add_up_wherever_they_stand(archive, monkeypatch, capsys):
    one, two, three = (press({"/good.xml": http(feed(title))}) for title in ("NATO meets", "Rain in Ohio", "Snow"))
    with one as one, two as two, three as three:
        monkeypatch.setenv("NEWSGAUGE_ALLOW_ADDRESS", f"127.0.0.1:{one.port}")
        feeds = [word for served in (one, two, three) for word in ("--feed", served.url("/good.xml"))]
        before, behind = (["--allow-address", f"127.0.0.1:{served.port}"] for served in (two, three))
        assert run(*before, "ingest", *feeds, "--json", *behind) == 0
    assert printed(capsys)["feeds"] == {"ok": 3}


def test_a_faulty_catalogue_is_named_with_its_entry(archive, rows, tmp_path, capsys):
    mine = tmp_path / "catalogue"
    shutil.copytree(DEFAULT, mine)
    with (mine / "actors.toml").open("a") as actors:
        actors.write('\n[ohio]\nlabel = "Ohio"\n')
    assert run("import", rows, "--catalogue", mine) == 2
    said = capsys.readouterr().err
    assert "actors.toml" in said
    assert "ohio" in said


def test_an_archive_that_is_not_there_says_how_to_begin(archive, capsys):
    assert run("status") == 74
    assert "newsgauge" in capsys.readouterr().err


def test_status_tells_size_runs_and_failing_feeds(archive, rows, capsys):
    run("import", rows)
    with press({}) as served:
        allow = f"127.0.0.1:{served.port}"
        run("ingest", "--feed", served.url("/gone.xml"), "--allow-address", allow)
        capsys.readouterr()
        assert run("status") == 0
        told = capsys.readouterr().out
        assert run("status", "--json") == 0
        found = printed(capsys)
    assert "3 articles" in told
    assert "not found: 1." in told
    assert "/gone.xml  once, again at" in told
    assert found["archive"]["first_day"] == "2024-10-01"
    assert found["feeds"][0]["http_status"] == 404
    assert found["last_run"]["command"] == "ingest"


def test_status_tells_silent_feeds_dates_and_how_it_was_asked(archive, capsys):
    from datetime import timedelta

    from data import schema
    from tests.test_rhythm import MONDAY, by_day, check

    silent = check(MONDAY + timedelta(days=21.5)).with_columns(
        expected=pl.lit(20.0),
        flag=pl.lit("silent"),
        conditional=pl.lit(False),
        undated=2,
        ambiguous=1,
        future=1,
        changed=5,
    )
    checks = pl.concat([*by_day(*[20] * 21), silent.cast(schema.FETCHES)])
    none = [schema.empty(table) for table in ("articles", "readings", "mentions")]
    open_archive(archive, create=True).append(*none, checks.with_columns(outlet=pl.lit("bbc")), "b1")
    assert run("status", "--json") == 0
    found = printed(capsys)
    assert found["feeds"][0]["flag"] == "silent"
    assert found["feeds"][0]["weekdays"] == [20.0] * 7
    assert found["dates"] == [{"outlet": "bbc", "articles": 925, "undated": 2, "ambiguous": 1, "future": 1}]
    assert found["checks"] == {"all": 23, "conditional": 0, "unconditional": 1}
    assert run("status") == 0
    told = capsys.readouterr().out
    assert "1 of 1 feeds bring far less or far more than they do" in told
    assert "silent: 20 articles were to be expected since its last new one, and none came" in told
    assert "bbc  2 undated (1 ambiguous), 1 to come, of 925" in told
    assert "1 for all, lest" in told


def test_explain_tells_the_rule_and_the_words_it_heard(tmp_path, capsys):
    file = tmp_path / "a.txt"
    file.write_text("NATO praises Oslo\nOslo was a great success for NATO.")
    assert run("explain", file) == 0
    told = capsys.readouterr().out
    assert 'strong "NATO"' in told
    assert "great" in told


def test_explain_answers_each_line_and_names_a_broken_one(tmp_path, capsys):
    file = tmp_path / "a.jsonl"
    file.write_text('{"id": "1", "text": "NATO met."}\nno json\n{"id": "2", "text": "Rain."}\n')
    assert run("explain", "--jsonl", file) == 1
    said = capsys.readouterr()
    assert [json.loads(line)["id"] for line in said.out.splitlines()] == ["1", "2"]
    assert "line 2" in said.err


def test_maintain_changes_nothing_that_is_read(archive, rows, capsys):
    run("import", rows)
    before = open_archive(archive).mentions().sort("article_id", "actor").collect()
    assert run("maintain") == 0
    assert open_archive(archive).mentions().sort("article_id", "actor").collect().equals(before)


def test_a_reader_that_has_had_enough_is_no_fault(archive, rows):
    run("import", rows)
    command = f"{sys.executable} {HOME / 'newsgauge.py'} export articles --format jsonl | head -c 1"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60)
    assert done.stdout == "{"
    assert done.stderr == ""


def test_opml_goes_out_and_comes_back(archive, tmp_path, capfdbinary):
    assert run("catalogue", "export-opml") == 0
    file = tmp_path / "feeds.opml"
    file.write_bytes(capfdbinary.readouterr().out)
    assert run("catalogue", "import-opml", file) == 0
    assert b"https://feeds.bbci.co.uk/news/world/rss.xml" in capfdbinary.readouterr().out


def shell(command: str, archive: str) -> subprocess.CompletedProcess[str]:
    """A command line as cron runs it, with $N for newsgauge, in an environment that has little more than a PATH."""
    environment = {"PATH": os.environ["PATH"], "N": f"{sys.executable} {HOME / 'newsgauge.py'}", "LC_ALL": "C"}
    environment["NEWSGAUGE_ARCHIVE"] = archive
    return subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60, env=environment)


def test_what_a_file_is_called_moves_no_cursor_and_writes_no_line_of_its_own(archive, tmp_path, capsys):
    file = tmp_path / "a\x1b[2J\nnewsgauge: all is well.jsonl"
    file.write_text("no json\n")
    assert run("import", file) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert said.strip().isprintable()


def test_what_a_text_hides_in_a_name_moves_no_cursor(tmp_path, capsys):
    file = tmp_path / "a.txt"
    file.write_text("NA\x00TO met\nMark Rutte\x9b praised N\x1bATO.")
    assert run("explain", file) == 0
    assert capsys.readouterr().out.replace("\n", "").isprintable()


@pytest.mark.parametrize("url", ["http://[oops/", "foo", "", "http://a.example/\x1b[2J", "http://a.example/\udcff"])
def test_a_feed_that_is_no_address_is_a_wrong_word(archive, capsys, url):
    assert run("ingest", "--feed", url) == 2
    assert "no address of a feed" in capsys.readouterr().err


def test_one_feed_that_is_no_address_is_named_and_the_others_are_read(archive, capsys):
    with press() as served:
        served.answers["/good"] = http(GOOD)
        words = ("ingest", "--allow-address", f"127.0.0.1:{served.port}", "--json")
        words += ("--feed", "htp:/nowhere", "--feed", served.url("/good"), "--feed", "https://me:secret@x.example/")
        assert run(*words) == 1
    out, err = capsys.readouterr()
    done = json.loads(out)
    assert (done["exit"], done["new"], done["feeds"]) == (1, 3, {"ok": 1})
    assert "newsgauge: 'htp:/nowhere' is no address of a feed. Write it as https://example.org/feed.xml" in err
    assert "would be seen by every reader ('x.example'). Leave it out" in err
    assert "secret" not in out + err


def test_a_dry_run_names_the_feeds_that_are_no_addresses(archive, capsys):
    open_archive(archive, create=True)
    assert run("ingest", "--dry-run", "--feed", "htp:/nowhere", "--feed", "https://x.example/rss") == 1
    out, err = capsys.readouterr()
    assert out == "https://x.example/rss\n"
    assert "'htp:/nowhere' is no address of a feed" in err


def test_cron_may_close_every_stream(archive, rows):
    done = shell(f"$N import {rows} <&- >&- 2>&-", archive)
    assert (done.returncode, open_archive(archive).size()["articles"]) == (0, 3)
    assert shell("$N export articles >&-", archive).returncode == 0
    assert shell("$N explain <&-", archive).returncode == 0


def test_any_text_goes_out_whatever_the_locale(archive, tmp_path):
    (tmp_path / "a.jsonl").write_text('{"id": "\\ud800", "text": "T\u00fcrkiye met NATO."}\n')
    done = shell(f"PYTHONIOENCODING=ascii $N explain --jsonl {tmp_path / 'a.jsonl'}", archive)
    assert done.returncode == 0, done.stderr
    explained = json.loads(done.stdout)
    assert explained["id"] == "\ud800"
    assert explained["mentions"][0]["spans"][0]["text"] == "T\u00fcrkiye"
    assert shell("printf 'NATO \\377 met' | $N explain", archive).returncode == 0


def test_a_full_disk_behind_stdout_is_a_line_and_no_traceback(archive, rows):
    done = shell(f"$N import {rows} > /dev/full", archive)
    assert (done.returncode, done.stderr) == (1, "newsgauge: no space left where stdout goes. Make room.\n")
    assert open_archive(archive).size()["articles"] == 3


def test_a_full_disk_under_the_archive_is_said_and_what_is_stored_stays(archive, rows, tmp_path, capsys):
    run("import", rows)
    more = [row | {"url": f"{row['url']}/{number}"} for row in ROWS for number in range(8)]
    (tmp_path / "more.jsonl").write_text("".join(json.dumps(row) + "\n" for row in more))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    for size in (0, 4096):  # bytes: not even the lock file can be written; no table can
        capsys.readouterr()
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        try:
            assert run("import", tmp_path / "more.jsonl") == 74
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert "the disk is full" in capsys.readouterr().err
    assert run("import", tmp_path / "more.jsonl") == 0
    assert open_archive(archive).size()["articles"] == 27
    assert open_archive(archive).unread().is_empty()


@pytest.mark.parametrize("name", ["/archive\udcff", "~nobody-at-all/archive"])
def test_an_archive_cannot_be_called_so(rows, capsys, name):
    assert run("import", rows, "--archive", name) == 74
    assert "cannot be the name of an archive" in capsys.readouterr().err


def test_an_unset_variable_does_not_import_the_folder_we_are_in(archive, capsys):
    assert run("import", "") == 2
    assert "an empty name" in capsys.readouterr().err
