import csv
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data import catalogue
from data.catalogue import CatalogueError

NATO = '[nato]\nlabel = "NATO"\nkind = "organisation"\nstrong = ["NATO"]\n'
BBC = (
    '[bbc]\nname = "BBC"\nhomepage = "https://www.bbc.com/"\ncountry = "GB"\nlanguages = ["en"]\n'
    'media_type = "broadcast"\nownership = "public"\nfeeds = [{url = "https://feeds.bbci.co.uk/news/rss.xml"}]\n'
)
SPORT = '[sport]\nlabel = "sport"\nid = "medtop:15000000"\nstrong = ["football*"]\n'

WATCHED = """
donald-trump joe-biden kamala-harris jd-vance barack-obama hillary-clinton mike-pence elizabeth-warren nancy-pelosi
bernie-sanders marco-rubio pete-hegseth mark-rutte jens-stoltenberg ursula-von-der-leyen antonio-guterres
vladimir-putin volodymyr-zelensky xi-jinping kim-jong-un angela-merkel olaf-scholz friedrich-merz emmanuel-macron
boris-johnson theresa-may keir-starmer giorgia-meloni viktor-orban recep-tayyip-erdogan benjamin-netanyahu
narendra-modi nato european-union european-commission united-nations world-health-organization imf iaea icc osce
kremlin white-house pentagon hamas hezbollah democratic-party republican-party united-states ukraine russia china
taiwan iran iraq israel syria turkey georgia jordan germany france united-kingdom poland finland sweden netherlands
norway north-korea south-korea japan india saudi-arabia belarus moldova nato-secretary-general us-president
trump-administration biden-administration
"""


@pytest.fixture(scope="module")
def shipped() -> catalogue.Catalogue:
    return catalogue.load(catalogue.DEFAULT)


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """Makes a catalogue's folder of a few entries."""

    def make(actors: str = NATO, outlets: str = BBC, topics: str = SPORT) -> Path:
        for name, text in (("actors", actors), ("outlets", outlets), ("topics", topics)):
            (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
        return tmp_path

    return make


def test_the_shipped_catalogue_watches_all_that_it_promises(shipped: catalogue.Catalogue) -> None:
    assert set(WATCHED.split()) <= {actor.key for actor in shipped.actors}


def test_the_six_protagonists_have_six_colours(shipped: catalogue.Catalogue) -> None:
    colour = {actor.key: actor.colour for actor in shipped.actors}
    protagonists = ("nato", "donald-trump", "mark-rutte", "ukraine", "russia", "kamala-harris")
    assert [colour[key] for key in protagonists] == [0, 1, 2, 3, 4, 5]


def test_every_actor_comes_with_sentences_that_match_and_sentences_that_do_not(shipped: catalogue.Catalogue) -> None:
    lacking = [actor.key for actor in shipped.actors if not actor.examples or not actor.counter_examples]
    assert lacking == []


def test_children_and_offices_name_their_parents_and_holders(shipped: catalogue.Catalogue) -> None:
    actors = {actor.key: actor for actor in shipped.actors}
    assert actors["trump-administration"].parent == "donald-trump"
    assert [holder.actor for holder in actors["nato-secretary-general"].holders] == ["jens-stoltenberg", "mark-rutte"]


def test_outlets_list_every_known_feed_that_works(shipped: catalogue.Catalogue, shared: Callable[[str], Path]) -> None:
    with shared("feeds.tsv").open(encoding="utf-8") as file:
        known = {row["url"] for row in csv.DictReader(file, delimiter="\t") if row["confidence"] != "D"}
    assert {feed.url for outlet in shipped.outlets for feed in outlet.feeds} == known


def test_full_text_is_kept_only_of_public_bodies(shipped: catalogue.Catalogue) -> None:
    allowed = [outlet for outlet in shipped.outlets if outlet.full_text == "allowed"]
    assert {outlet.media_type for outlet in allowed} == {"official"}


def test_topics_have_weighted_words_or_a_query(folder: Callable[..., Path]) -> None:
    watched = '[watched.sanctions]\nlabel = "Sanctions"\nquery = "sanction*"\n'
    sport, sanctions = catalogue.load(folder(topics=SPORT + 'weak = ["game"]\n' + watched)).topics
    assert sport.words == (("football*", 3), ("game", 1))
    assert sport.id == "medtop:15000000"
    assert (sanctions.query, sanctions.words) == ("sanction*", ())


def test_a_name_can_depend_on_language_and_time(folder: Callable[..., Path]) -> None:
    table = '{name = "Otan", languages = ["fr"], from = 2020-01-01, exact = true}'
    name = catalogue.load(folder(NATO + f"weak = [{table}]\n")).actors[0].names[1]
    assert (name.text, name.strength, name.languages, str(name.first), name.exact) == (
        "Otan",
        "weak",
        ("fr",),
        "2020-01-01",
        True,
    )


def test_the_version_changes_with_a_name_and_not_with_a_label_or_an_outlet(folder: Callable[..., Path]) -> None:
    version = catalogue.load(folder()).version
    assert len(version) == 12
    assert catalogue.load(folder(NATO + 'weak = ["Nato"]\n')).version != version
    assert catalogue.load(folder(topics=SPORT.replace("football", "soccer"))).version != version
    assert catalogue.load(folder(NATO.replace('"NATO"\nkind', '"Nato"\nkind') + "colour = 3\n")).version == version
    assert catalogue.load(folder(outlets=BBC.replace("BBC", "The BBC"))).version == version


def test_a_catalogue_survives_the_way_to_another_process(shipped: catalogue.Catalogue) -> None:
    copy = pickle.loads(pickle.dumps(shipped))  # noqa: S301
    assert copy == shipped
    assert hash(copy) == hash(shipped)


@pytest.mark.parametrize(
    ("actors", "message"),
    [
        (
            NATO.replace("strong", "stong"),
            'actors.toml: actor "nato" has the unknown key `stong`. Did you mean `strong`?',
        ),
        (
            NATO.replace("organisation", "alliance"),
            "actors.toml: actor \"nato\" has 'alliance' as `kind`. Write one of person, organisation, country, office.",
        ),
        (
            NATO.replace("[nato]", "[NATO]"),
            'actors.toml: actor "NATO" has a key that is no slug. Use lower-case a-z, 0-9 and -, as in [mark-rutte].',
        ),
        (
            NATO + 'parent = "nata"\n',
            "actors.toml: actor \"nato\" names 'nata' in `parent`, which is no actor. Did you mean `nato`?",
        ),
        (
            NATO + 'weak = ["NATO"]\n',
            'actors.toml: actor "nato" lists the name "NATO" twice. Keep the one that is meant.',
        ),
        (
            NATO + 'weak = [{name = "Otan", from = "2020"}]\n',
            "actors.toml: actor \"nato\" has '2020' as `from`. Write a day without quotes, as in 2024-10-01.",
        ),
        (
            NATO + 'weak = [{name = "Otan", lang = ["fr"]}]\n',
            'actors.toml: actor "nato" has the unknown key `lang`. Did you mean `languages`?',
        ),
        (
            NATO + "colour = 6\n",
            'actors.toml: actor "nato" has 6 as `colour`. Write a number from 0 to 5.',
        ),
        (
            NATO.replace("strong", "never"),
            'actors.toml: actor "nato" has no name that could be found. Add `strong = ["NATO"]` under [nato].',
        ),
        (
            'label = "NATO"\n',
            "actors.toml: `label` stands outside an entry. Write a line such as [some-key] above it.",
        ),
    ],
)
def test_a_fault_names_file_and_entry_and_what_to_write(folder: Callable[..., Path], actors: str, message: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        catalogue.load(folder(actors))
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("outlets", "message"),
    [
        (
            BBC.replace('{url = "https://feeds.bbci.co.uk/news/rss.xml"}', ""),
            'outlets.toml: outlet "bbc" has no feed. Add `feeds = [{url = "https://…"}]` under [bbc].',
        ),
        (
            BBC.replace("https://feeds", "ftp://feeds"),
            "outlets.toml: outlet \"bbc\" has the address 'ftp://feeds.bbci.co.uk/news/rss.xml' in `feeds`. "
            "Write one that starts with https:// or http://.",
        ),
        (
            BBC.replace('"GB"', '"UKR"'),
            "outlets.toml: outlet \"bbc\" has 'UKR' as `country`. "
            'Write two capitals of ISO 3166, as in "GB", in quotes.',
        ),
        (
            BBC + BBC.replace("[bbc]", "[bbc-two]"),
            'outlets.toml: outlet "bbc-two" lists https://feeds.bbci.co.uk/news/rss.xml, which "bbc" lists too. '
            "Keep it where it belongs.",
        ),
    ],
)
def test_a_faulty_outlet_is_named_likewise(folder: Callable[..., Path], outlets: str, message: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        catalogue.load(folder(outlets=outlets))
    assert str(caught.value) == message


def test_a_query_that_cannot_be_read_is_named_with_its_place(folder: Callable[..., Path]) -> None:
    watched = '[watched.aid]\nlabel = "Aid"\nquery = "(aid OR help"\n'
    with pytest.raises(CatalogueError) as caught:
        catalogue.load(folder(topics=SPORT + watched))
    assert str(caught.value) == (
        'topics.toml: watched topic "aid" has a query that breaks at character 1. '
        "This ( is never closed. Add a ) behind what belongs together."
    )


@pytest.mark.parametrize(
    "actors", [NATO + NATO, NATO + "weak = [\n", NATO + 'weak = [{name = "Otan", from = 2024-13-01}]\n']
)
def test_what_is_no_toml_is_named_with_its_place(folder: Callable[..., Path], actors: str) -> None:
    with pytest.raises(CatalogueError, match=r"^actors\.toml: not readable as TOML: .*(line \d+|end of document)"):
        catalogue.load(folder(actors))


def test_tables_too_deep_in_each_other_are_a_message(folder: Callable[..., Path]) -> None:
    with pytest.raises(CatalogueError, match=r"^actors\.toml: lists or tables lie too deep in each other"):
        catalogue.load(folder(f"{NATO}weak = {'[' * 100_000}"))


def test_a_missing_file_is_named_with_its_folder(folder: Callable[..., Path]) -> None:
    place = folder()
    (place / "topics.toml").unlink()
    with pytest.raises(CatalogueError, match=r"topics\.toml: there is no such file in .*Copy the one in"):
        catalogue.load(place)


def test_a_file_that_is_not_utf_8_is_named(folder: Callable[..., Path]) -> None:
    place = folder()
    (place / "actors.toml").write_bytes(NATO.encode() + b'weak = ["T\xfcrkei"]\n')
    with pytest.raises(CatalogueError, match=r"actors\.toml: not UTF-8 at byte 72"):
        catalogue.load(place)


# What an editor may write by accident: the right keys with the wrong things.
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.text(max_size=6)
    | st.sampled_from(["NATO", "person", "Q1", "en"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["name", "from", "x"]), inner, max_size=2)
    ),
    max_leaves=4,
)
keys = st.sampled_from(["label", "kind", "strong", "weak", "titles", "holders", "parent", "near", "colour", "examples"])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(keys, values, max_size=5))
def test_whatever_an_entry_says_it_is_an_actor_or_a_message(
    folder: Callable[..., Path], entry: dict[str, object]
) -> None:
    lines = [f"{key} = {_toml(value)}" for key, value in entry.items() if value is not None]
    place = folder("[nato]\n" + "\n".join(lines) + "\n")
    try:
        loaded = catalogue.load(place)
    except CatalogueError as error:
        fault = str(error)
    else:
        fault = ""
        assert [actor.key for actor in loaded.actors] == ["nato"]
    assert not fault or fault.startswith("actors.toml: ")


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(_toml(item) for item in value if item is not None) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items() if item is not None) + "}"
    if isinstance(value, str):
        return '"' + "".join(c if c.isalnum() else f"\\U{ord(c):08X}" for c in value) + '"'
    return str(value)


def test_an_own_catalogue_may_leave_the_words_around_names_to_the_shipped_one(
    folder: Callable[..., Path], shipped: catalogue.Catalogue
) -> None:
    place = folder()
    assert catalogue.load(place).words == shipped.words
    shutil.copy(catalogue.DEFAULT / "words.toml", place)
    (place / "words.toml").write_text((place / "words.toml").read_text().replace('"Aaron", ', ""))
    assert "Aaron" not in catalogue.load(place).words.given_names
