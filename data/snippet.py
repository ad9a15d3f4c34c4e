"""What is looked at as lines of Python for a notebook: polars reads the tables of the archive, nobody asks the page."""

from datetime import date

from data.archive import Archive
from data.filters import UNDETERMINED, Filters


def articles(archive: Archive, filters: Filters) -> str:
    """Code that gives the rows of `export.articles` in a frame `articles`, as far as they are stored; panels resolved.

    It holds no address: the archive's stands in NEWSGAUGE_ARCHIVE, as for every command. A search asks Newsgauge
    itself, from whose folder the code has to be run then.
    """
    mentions = _mentions(filters) if filters.actors else []
    toned = [] if filters.actors else _in_tone(filters)
    chosen = [*_press(filters), *_about(filters), *toned]
    return "\n".join(
        [
            "# pip install polars deltalake",
            "import os",
            *(["from datetime import date"] if filters.from_day or filters.to_day else []),
            "",
            "import polars as pl",
            *(["from data import search", "from data.archive import open_archive"] if filters.search else []),
            "",
            'archive = os.environ.get("NEWSGAUGE_ARCHIVE", "data/var/archive")',
            "",
            "",
            "def table(name, version):  # the state that the page showed; version None reads the newest",
            '    return pl.scan_delta(f"{archive}/{name}", version=version)',
            "",
            "",
            f'versions = table("articles", {archive.tables["articles"].version()})',
            'articles = versions.filter(pl.col("version") == pl.col("version").max().over("id"))',
            f'readings = table("readings", {archive.tables["readings"].version()}).select(',
            '    "article_id", "copy_of", "tone", "positive", "negative", "topics",',
            '    story=pl.coalesce("story", "copy_of", "article_id"),',
            ")",
            'articles = articles.join(readings, left_on="id", right_on="article_id", how="left")',
            *_filtered("articles", chosen),
            *(_named(archive, mentions) if mentions else []),
            *(_searched(filters.search) if filters.search else []),
            'articles = articles.sort("published_at", "id", nulls_last=True).collect()',
            "",
        ]
    )


def _press(filters: Filters) -> list[str]:
    day = 'pl.col("published_at").dt.date()'
    languages = tuple(one for one in filters.languages if one != UNDETERMINED)
    told = [_one_of("language", languages)] if languages else []
    told += ['pl.col("language").is_null()'] if UNDETERMINED in filters.languages else []
    return [
        *([_one_of("outlet", filters.outlets)] if filters.outlets else []),
        *([" | ".join(told)] if told else []),
        *([f"{day} >= {_day(filters.from_day)}"] if filters.from_day else []),
        *([f"{day} <= {_day(filters.to_day)}"] if filters.to_day else []),
        *([] if filters.copies else ['pl.col("copy_of").is_null()']),
    ]


def _about(filters: Filters) -> list[str]:
    topics = " | ".join(f'pl.col("topics").list.contains({topic!r})' for topic in filters.topics)
    return [*([_one_of("story", filters.stories)] if filters.stories else []), *([topics] if topics else [])]


def _in_tone(filters: Filters) -> list[str]:
    low, high = filters.tone_from, filters.tone_to
    return [
        *([f'pl.col("tone") >= {low!r}'] if low is not None else []),
        *([f'pl.col("tone") <= {high!r}'] if high is not None else []),
    ]


def _mentions(filters: Filters) -> list[str]:
    return [_one_of("actor", filters.actors), *_in_tone(filters)]


def _named(archive: Archive, conditions: list[str]) -> list[str]:
    return [
        f'mentions = table("mentions", {archive.tables["mentions"].version()})',
        *_filtered("mentions", conditions),
        'articles = articles.join(mentions, left_on="id", right_on="article_id", how="semi")',
    ]


def _searched(query: str) -> list[str]:
    return [
        f"found = search.found(search.opened(open_archive(archive), most=None), {query!r})",
        'articles = articles.join(found.lazy(), left_on="id", right_on="article_id", how="semi")',
    ]


def _filtered(name: str, conditions: list[str]) -> list[str]:
    return [f"{name} = {name}.filter(", *(f"    {condition}," for condition in conditions), ")"] if conditions else []


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f'pl.col("{column}").is_in({list(values)!r})'


def _day(day: date) -> str:
    return f"date({day.year}, {day.month}, {day.day})"
