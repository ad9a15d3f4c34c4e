import tomllib
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import newsgauge
from data import catalogue
from data.catalogue import Catalogue
from ingest import audit
from ingest.audit import Audit
from ingest.tally import SAMPLES, Article

ACTORS = """
[ada-stone]
label = "Ada Stone"
kind = "person"
strong = ["Ada Stone"]
weak = ["Stone"]
titles = ["Dr."]
never = ["Stone Age"]
examples = ["[Ada Stone] spoke."]

[bo-stone]
label = "Bo Stone"
kind = "person"
strong = ["Bo Stone"]
weak = ["Stone"]

[arden]
label = "Arden"
kind = "country"
strong = ["Arden", {name = "Ардения", languages = ["ru"]}]

[league]
label = "League of Arden"
kind = "organisation"
strong = ["League of Arden", "Arden"]

[zelm]
label = "Ulla Zelm"
kind = "person"
strong = ["Ulla Zelm", "Zelm", {name = "Zelma", languages = ["-ru"]}]
"""


@pytest.fixture
def small(tmp_path: Path) -> Catalogue:
    return load(tmp_path, ACTORS)


def load(folder: Path, actors: str) -> Catalogue:
    (folder / "actors.toml").write_text(actors, encoding="utf-8")
    (folder / "outlets.toml").touch()
    (folder / "topics.toml").touch()
    return catalogue.load(folder)


@pytest.fixture
def audited(small: Catalogue) -> Callable[..., Audit]:
    def of(*texts: str, actors: Iterable[str] = (), language: str = "en") -> Audit:
        return audit.audit([Article("", text, language, None) for text in texts], small, actors)

    return of


def name(found: Audit, actor: str, text: str) -> audit.NameFound:
    (one,) = [one for of in found.actors if of.actor == actor for one in of.names if one.name == text]
    return one


def suspicions(found: Audit, actor: str, text: str) -> dict[str, tuple[tuple[str, int], ...]]:
    return {one.what: one.words for one in name(found, actor, text).suspicions}


def test_each_name_has_its_hits_and_what_was_passed_over_with_lines(audited: Callable[..., Audit]) -> None:
    found = audited("Ada Stone came. Stone left.", "Here Stone is a stone.", "In the Stone Age it rained.")
    weak = name(found, "ada-stone", "Stone")
    assert (weak.rule, weak.counted, weak.passed_over, weak.articles) == ("weak", 1, 1, 1)
    assert weak.samples == ("Ada Stone came. [Stone] left.",)
    assert weak.samples_passed_over == ("Here [Stone] is a stone.",)
    assert name(found, "ada-stone", "Stone Age").passed_over == 1
    assert found.articles == 3
    assert found.languages == {"en": 3}


def test_no_more_lines_are_kept_than_people_read(audited: Callable[..., Audit]) -> None:
    kept = name(audited(*[f"Day {day}: Arden voted." for day in range(50)]), "arden", "Arden").samples
    assert len(kept) == SAMPLES
    assert len(set(kept)) == SAMPLES


def test_what_two_actors_claim_is_a_conflict(audited: Callable[..., Audit]) -> None:
    conflicts = {one.text: one for one in audited("Arden voted.", "Arden again.").conflicts}
    assert conflicts["Arden"].actors == ("arden", "league")
    assert conflicts["Arden"].claimed_by_both == 2
    assert conflicts["Arden"].sample == "[Arden] voted."
    # Listed by two, but never claimed by both.
    assert (conflicts["Stone"].actors, conflicts["Stone"].claimed_by_both) == (("ada-stone", "bo-stone"), 0)


def test_a_given_name_before_a_surname_is_suspicious_and_a_word_that_begins_a_sentence_is_not(
    audited: Callable[..., Audit],
) -> None:
    found = audited("Quilla Zelm spoke. Thus Zelm went, thus.", "Quilla Zelm. Thus Zelm went.", "Quilla Zelm came.")
    assert suspicions(found, "zelm", "Zelm") == {"another's given name before it": (("Quilla", 3),)}


@pytest.mark.parametrize(
    ("text", "what", "words"),
    [
        ("The Arden Tribune said so.", "a newspaper or broadcaster", (("Tribune", 4),)),
        ("He crossed Arden Bridge there.", "a place or body that is called after it", (("Bridge", 4),)),
        ("Their Arden Pudding is sweet.", "nearly always before the same word", (("Pudding", 4),)),
        ("Arden is far, and an arden is a wood.", "also a common word, in small letters", (("Arden", 4),)),
        ("By Ann Arden\nIt rained.", "in bylines", (("Arden", 4),)),
        ("In Arden the striker scored in the tournament.", "half of it in articles on sport", (("Arden", 4),)),
    ],
)
def test_what_speaks_against_a_name_is_told_with_how_often(
    audited: Callable[..., Audit], text: str, what: str, words: tuple[tuple[str, int], ...]
) -> None:
    assert suspicions(audited(*[text] * 4), "arden", "Arden")[what] == words
    assert what not in suspicions(audited(*["Ministers of Arden met."] * 4), "arden", "Arden")


@pytest.mark.parametrize(
    ("texts", "actor", "name"),
    [
        (["Quilla Zelm spoke."] * 4, "zelm", catalogue.Name("Quilla Zelm", "never")),
        (["The Arden Tribune said so."] * 4, "arden", catalogue.Name("Arden Tribune", "never")),
        (["So Sen. Stone sat down."] * 4, "ada-stone", catalogue.Name("Sen.", "weak")),
        (["Arden is far, and an arden is a wood."] * 4, "arden", catalogue.Name("Arden", "weak", exact=True)),
    ],
)
def test_a_suggested_rule_can_be_pasted(
    audited: Callable[..., Audit], tmp_path: Path, texts: list[str], actor: str, name: catalogue.Name
) -> None:
    (suggestion,) = [one for one in audited(*texts).suggestions if one.actor == actor]
    entry = next(entry for entry in ACTORS.split("\n\n") if f"[{actor}]" in entry)
    (before,) = load(tmp_path, entry).actors
    assert name not in (*before.names, *before.titles)
    replaced = tomllib.loads(suggestion.line).keys()
    kept = [line for line in entry.splitlines() if line.partition(" = ")[0] not in replaced]
    (after,) = load(tmp_path, "\n".join([*kept, suggestion.line])).actors
    assert name in (*after.names, *after.titles)
    texts_of = [{one.text for one in (*actor.names, *actor.titles)} for actor in (before, after)]
    assert texts_of[0] <= texts_of[1]


def test_names_that_never_stood_there_are_told_but_not_those_of_languages_that_were_not_read(
    audited: Callable[..., Audit],
) -> None:
    never = {one.actor: one.never_there for one in audited("Arden voted.").actors}
    assert never["arden"] == ()
    assert never["zelm"] == ("Ulla Zelm", "Zelm", "Zelma")
    russian = {one.actor: one.never_there for one in audited("Погода.", language="ru").actors}
    assert russian["arden"] == ("Arden", "Ардения")
    assert russian["zelm"] == ("Ulla Zelm", "Zelm")


def test_one_actor_can_be_looked_at_alone(audited: Callable[..., Audit]) -> None:
    assert [one.actor for one in audited("Arden voted.", actors=["zelm"]).actors] == ["zelm"]


def test_texts_of_others_are_inert_in_the_terminal(audited: Callable[..., Audit]) -> None:
    shown = audit.told(audited("It \x1b[2J\u202eblinks: Arden \x07voted.\nSo there."))
    assert "Arden" in shown
    assert all(character.isprintable() or character == "\n" for character in shown)


def test_no_article_is_told_as_no_article(audited: Callable[..., Audit]) -> None:
    assert audit.told(audited()).startswith("0 articles read (none): 0 hits")


pieces = st.sampled_from(
    ["Arden", "Stone", "Ada Stone", "Zelm", "\n", "By ", "Dr. ", ".", "\u202e", "😀", '"', "Times"]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(pieces | st.text(max_size=3), max_size=12).map(" ".join), max_size=5))
def test_whatever_the_texts_hold_each_hit_is_counted_once(small: Catalogue, texts: list[str]) -> None:
    from ingest import mentions

    found = audit.audit([Article("", text, "en", None) for text in texts], small)
    spans = sum(len(mentions.find("", text, "en", None, small)) for text in texts)
    assert sum(actor.hits for actor in found.actors) == spans
    audit.told(found)
    audit.as_json(found)


def test_a_quotation_mark_in_a_name_does_not_break_the_line(small: Catalogue) -> None:
    (actor,) = [one for one in small.actors if one.key == "arden"]
    odd = replace(actor, names=(*actor.names, catalogue.Name('the "Arden" \\ band', "never")))
    texts = [Article("", "The Arden Tribune said so.", "en", None)] * 4
    (suggestion,) = audit.audit(texts, replace(small, actors=(odd,), version="other")).suggestions
    assert tomllib.loads(suggestion.line)["never"] == ['the "Arden" \\ band', "Arden Tribune"]


def test_files_are_audited_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "some.jsonl"
    file.write_text('{"url": "https://example.org/a", "title": "NATO meets", "text": "NATO met in Oslo on Tuesday."}\n')
    assert newsgauge.main(["catalogue", "audit", "--actor", "nato", str(file)]) == 0
    assert 'strong "NATO": 2 in 1 articles' in capsys.readouterr().out
    assert newsgauge.main(["catalogue", "audit", "--json", str(file), str(tmp_path / "none.jsonl")]) == 1
    assert '"actor": "nato", "label": "NATO", "hits": 2' in capsys.readouterr().out


def test_the_archive_is_audited_where_no_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, store = tmp_path / "some.jsonl", str(tmp_path / "archive")
    lines = [f'{{"url": "https://example.org/{day}", "title": "NATO meets", "text": "It rained."}}' for day in range(5)]
    file.write_text("\n".join(lines))
    assert newsgauge.main(["import", "--tone", "lexicon", "--archive", store, str(file)]) == 0
    capsys.readouterr()
    assert newsgauge.main(["catalogue", "audit", "--archive", store]) == 0
    assert capsys.readouterr().out.startswith("5 articles read (en 5): ")
    assert newsgauge.main(["catalogue", "audit", "--archive", store, "--limit", "2"]) == 0
    assert capsys.readouterr().out.startswith("2 articles read")


def test_an_actor_that_nobody_knows_is_wrong_usage() -> None:
    with pytest.raises(SystemExit) as ended:
        newsgauge.main(["catalogue", "audit", "--actor", "nobody"])
    assert ended.value.code == 2
