"""Reading TOML with an eye on what is wrong: files, their tables, and the fields of a table, each checked."""

import difflib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast

DEFAULT = Path(__file__).resolve().parent / "catalogue"

SLUG = r"[a-z0-9]+(-[a-z0-9]+)*"


class CatalogueError(Exception):
    """What is wrong, in which entry of which file, and what to write instead."""


def read(file: Path) -> Mapping[str, Any]:
    """What a file says. Raises CatalogueError."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CatalogueError(
            f"{file.name}: there is no such file in {file.parent}. Copy the one in {DEFAULT}, or name another folder."
        ) from None
    except UnicodeDecodeError as error:
        raise CatalogueError(f"{file.name}: not UTF-8 at byte {error.start}. Save the file as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(
            f"{file.name}: not readable as TOML: {error}. See https://toml.io for how to write it."
        ) from None
    except RecursionError:
        raise CatalogueError(f"{file.name}: lists or tables lie too deep in each other. Write it flatter.") from None
    except OSError as error:
        raise CatalogueError(f"{file.name}: cannot be read: {error.strerror}. Look at its permissions.") from None


def entries(file: Path, what: str) -> Iterator["Entry"]:
    """Its tables; `what` each is goes into what is said of a fault. Raises CatalogueError."""
    return entries_of(file.name, what, read(file))


def entries_of(file: str, what: str, tables: Mapping[str, Any]) -> Iterator["Entry"]:
    """The same of what was read already."""
    for key, table in tables.items():
        if not isinstance(table, dict):
            raise CatalogueError(f"{file}: `{key}` stands outside an entry. Write a line such as [some-key] above it.")
        if not re.fullmatch(SLUG, key):
            raise CatalogueError(
                f'{file}: {what} "{key}" has a key that is no slug. Use lower-case a-z, 0-9 and -, as in [mark-rutte].'
            )
        yield Entry(file, what, key, table)


class Entry:
    """One table of a file, read key by key; `finish` complains about keys that nothing asked for."""

    def __init__(self, file: str, what: str, key: str, table: Mapping[str, Any]) -> None:
        self.file, self.what, self.key, self._table = file, what, key, table
        self._known: list[str] = []

    def error(self, fault: str, advice: str) -> CatalogueError:
        """The fault with its place and with what to write."""
        return CatalogueError(f'{self.file}: {self.what} "{self.key}" {fault}. {advice}'.rstrip())

    def finish(self) -> None:
        """Raises CatalogueError where there is a key that nothing asked for."""
        for key in self._table.keys() - set(self._known):
            raise self.error(f"has the unknown key `{key}`", did_you_mean(key, self._known))

    def inner(self, field: str, value: object, example: str) -> "Entry":
        """A table within this one, as `field` has it."""
        if not isinstance(value, dict):
            raise self.error(f"has {value!r} in `{field}`", f"Write {example}.")
        return Entry(self.file, self.what, self.key, value)

    def text(self, key: str, pattern: str = r"(?s).*\S.*", meaning: str = "some text") -> str:
        """A text that has to be there."""
        value = self._take(key, None)
        if value is None:
            raise self.error(f"has no `{key}`", f"Add `{key} = …` with {meaning}.")
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise self.error(f"has {value!r} as `{key}`", f"Write {meaning}, in quotes.")
        return value

    def optional_text(self, key: str, pattern: str = r"(?s).*\S.*", meaning: str = "some text") -> str | None:
        """A text, or None where there is none."""
        return self.text(key, pattern, meaning) if key in self._table else cast(None, self._take(key, None))

    def one_of(self, key: str, choices: tuple[str, ...], default: str | None = None) -> str:
        """One of these texts."""
        value = self._take(key, default)
        if value not in choices:
            raise self.error(
                f"has {value!r} as `{key}`" if value else f"has no `{key}`", f"Write one of {', '.join(choices)}."
            )
        return cast(str, value)

    def number(self, key: str, allowed: range, default: int) -> int:
        """A whole number among those allowed."""
        value = self._take(key, default)
        if type(value) is not int or value not in allowed:
            raise self.error(f"has {value!r} as `{key}`", f"Write a number from {allowed[0]} to {allowed[-1]}.")
        return value

    def flag(self, key: str) -> bool:
        """True or false; false where it is not said."""
        value = self._take(key, False)
        if not isinstance(value, bool):
            raise self.error(f"has {value!r} as `{key}`", "Write true or false.")
        return value

    def day(self, key: str) -> date | None:
        """A day, or None where there is none."""
        value = self._take(key, None)
        if value is not None and (not isinstance(value, date) or isinstance(value, datetime)):
            raise self.error(f"has {value!r} as `{key}`", "Write a day without quotes, as in 2024-10-01.")
        return value

    def values(self, key: str) -> list[Any]:
        """A list; an empty one where there is none."""
        value = self._take(key, [])
        if not isinstance(value, list):
            raise self.error(f"has {value!r} as `{key}`", f"Write a list in brackets, as in `{key} = […]`.")
        return value

    def texts(self, key: str, pattern: str = r"(?s).*\S.*", meaning: str = "some text") -> tuple[str, ...]:
        """A list of texts; an empty one where there is none."""
        values = self.values(key)
        for value in values:
            if not isinstance(value, str) or not re.fullmatch(pattern, value):
                raise self.error(f"has {value!r} in `{key}`", f"Write {meaning}, in quotes.")
        return tuple(values)

    def _take(self, key: str, default: object) -> Any:
        self._known.append(key)
        return self._table.get(key, default)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """What was probably meant, or all that there is."""
    near = difflib.get_close_matches(word, known, n=1)
    return f"Did you mean `{near[0]}`?" if near else f"Known are: {', '.join(sorted(known))}."
