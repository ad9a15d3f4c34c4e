"""Whether a catalogue finds what its own example sentences say, and which of its rules no sentence shows at work."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from data.catalogue import Actor, Catalogue, Name
from ingest.matcher import Field, matcher_of
from ingest.mentions import Sighting, find, held, sighted
from ingest.text import clean

_HEADER = re.compile(r"\((?P<language>[a-z]{2})?[, ]*(?P<day>\d{4}-\d\d-\d\d)?\) ")


def check(catalogue: Catalogue) -> list[str]:
    """What fails of the catalogue's example sentences: a message each, none where all is well.

    In an example, brackets stand around each name of the actor that must be found, and nothing else may be, as in
    `[Rutte] met Stoltenberg`. Before it can stand a language and a day, `(de, 2024-10-01) `, and a headline that ends
    with ` | `. A counter-example is written likewise, and names the actor nowhere.

    A name that counts in plain sentences without any name, one that counts nowhere, not even alone, and one that
    claims what another actor's example says is that actor's, fail too.
    """
    faults = [
        *(
            message
            for actor in catalogue.actors
            for sentence in (*actor.examples, *actor.counter_examples)
            if (message := _check_sentence(catalogue, actor, sentence, sentence in actor.examples))
        ),
        *_names_of_everything(catalogue),
        *(message for actor in catalogue.actors for message in _names_of_nothing(catalogue, actor)),
        *(message for actor in catalogue.actors for message in _names_of_another(catalogue, actor)),
    ]
    return list(dict.fromkeys(faults))


def _check_sentence(catalogue: Catalogue, actor: Actor, sentence: str, must_match: bool) -> str | None:
    at = f'actors.toml: actor "{actor.key}": "{sentence}"'
    try:
        example = _example(sentence)
    except ValueError as error:
        return f"{at}: {error}"
    spans = [span for span in find(*example.article, catalogue) if span.actor == actor.key]
    if must_match and not example.expected:
        return f"{at}: an example marks no name. Put brackets around each name that must be found."
    if [(span.field, span.start, span.end) for span in spans] == example.expected:
        return None
    found = ", ".join(f'"{span.text}" at {span.start} by {span.rule}' for span in spans) or "nothing"
    wanted = "what stands in brackets" if must_match else "nothing"
    return f"{at}: should find {wanted}, finds {found}. Change the names of the entry, or the sentence."


#: Sentences without a name, of the words that stand in any text.
_PLAIN = (
    "The man and the woman who were there said that it will be a good year for all of us.",
    "He did not know what they had seen, but she would ask them in the morning if they could come.",
    "In the end a few people from the city went to work on this, as they do each day.",
    "When it rains, many of the children stay at home; some read, others play with their friends.",
    "This is not the first time that the price of bread and oil has gone up by so much in one week.",
    "WHAT IT MAY MEAN FOR ALL OF US, AND WHO WILL PAY | You may ask why, and they will say: it was time.",
)


def _names_of_everything(catalogue: Catalogue) -> Iterator[str]:
    for sentence in _PLAIN:
        title, _, text = sentence.rpartition(" | ")
        for span in find(title, text, "en", None, catalogue):
            yield (
                f'actors.toml: actor "{span.actor}": the {span.rule} counts in "{sentence}", where nobody is named. '
                f"Remove the name, or make it weak and `exact`."
            )


def _names_of_nothing(catalogue: Catalogue, actor: Actor) -> Iterator[str]:
    """Of strong names only; where a weak one counts, the advice of `unexercised` asks for a sentence."""
    for name in actor.names:
        if name.strength == "strong" and not _counts_alone(catalogue, actor, name):
            yield (
                f'actors.toml: actor "{actor.key}": the strong name "{name.text}" counts nowhere, not even alone in '
                f'"{_stem(name)}". Write it as it stands in the news, in composed letters (NFC), or remove it.'
            )


def _counts_alone(catalogue: Catalogue, actor: Actor, name: Name) -> bool:
    language = next((one for one in name.languages if not one.startswith("-")), None)
    day = name.first or name.last
    at = datetime(day.year, day.month, day.day, tzinfo=UTC) if day else None
    alone = clean(_stem(name))
    spans = find("", alone, language, at, catalogue)
    return any(span.actor == actor.key and span.text == alone for span in spans)


def _names_of_another(catalogue: Catalogue, actor: Actor) -> Iterator[str]:
    """Offices and descriptions stand beside names: "NATO chief" may be an office, a person and NATO."""
    offices = {one.key for one in catalogue.actors if one.kind == "office"}
    if actor.key in offices:
        return
    for sentence in actor.examples:
        try:
            example = _example(sentence)
        except ValueError:
            continue  # told already
        for span in find(*example.article, catalogue):
            is_its = (span.field, span.start, span.end) in example.expected
            if is_its and span.actor not in {actor.key, *offices} and span.kind != "nominal":
                yield (
                    f'actors.toml: actor "{span.actor}": the {span.rule} claims what is "{actor.key}" in '
                    f'"{sentence}". Remove the name from one of the two, or make it weak in both.'
                )


@dataclass(frozen=True, slots=True)
class _Example:
    """A sentence of the catalogue: what `find` takes but the catalogue, and where the actor must be found."""

    article: tuple[str, str, str, datetime | None]
    expected: list[tuple[Field, int, int]]


def _example(sentence: str) -> _Example:
    """Raises ValueError, saying what to write, where the day before it is none."""
    header = _HEADER.match(sentence)
    day = header["day"] if header else None
    if day and not _is_day(day):
        raise ValueError(f"{day} is no day. Write it as in 2024-10-01.")
    title, _, text = sentence[header.end() if header else 0 :].rpartition(" | ")
    plain_title, plain_text = (re.sub(r"[\[\]]", "", part) for part in (title, text))
    published_at = datetime.fromisoformat(f"{day}T12:00+00:00") if day else None
    language = header["language"] if header else None
    return _Example(
        (plain_title, plain_text, language or "en", published_at),
        [*_brackets("title", title), *_brackets("text", text)],
    )


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _brackets(field: Field, marked: str) -> list[tuple[Field, int, int]]:
    """Where the bracketed parts stand once the brackets are gone."""
    return [
        (field, match.start() - 2 * nth, match.end() - 2 * nth - 2)
        for nth, match in enumerate(re.finditer(r"\[[^\]]*\]", marked))
    ]


# Rules that no sentence shows at work


def unexercised(catalogue: Catalogue) -> list[str]:
    """Advice: each rule of a name that no sentence of its actor shows at work, with what to write; none where all do.

    It is the matcher that tells which rule it followed at each place of a sentence. A name or title must count in an
    example, an office describe its holder in one, a never-name stand in any sentence, and a weak name also stand
    somewhere without counting. A name that is bound to a time is shown only by sentences with a day.
    """
    shown = {actor.key: _shown(catalogue, actor) for actor in catalogue.actors}
    return [
        f'actors.toml: actor "{actor.key}": {advice}'
        for actor in catalogue.actors
        for advice in (*_advice_on_names(actor, shown[actor.key]), *_advice_on_holders(actor, shown))
    ]


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the sentences of an actor show at work."""

    counting: frozenset[Name]  # names and titles
    idle: frozenset[Name]  # names that stand there and do not count
    holding: frozenset[date]  # days on which a title described the actor


def _shown(catalogue: Catalogue, actor: Actor) -> _Shown:
    counting: set[Name] = set()
    idle: set[Name] = set()
    holding: set[date] = set()
    for sentence in (*actor.examples, *actor.counter_examples):
        try:
            article = _example(sentence).article
        except ValueError:
            continue  # for `check` to tell
        sightings, spans, _ = sighted(matcher_of(catalogue), *article)
        own = {(span.field, span.start, span.end): span for span in spans if span.actor == actor.key}
        published_at = article[-1]
        if published_at and any(span.rule.startswith("office ") for span in own.values()):
            holding.add(published_at.date())
        for sighting in sightings:
            if sighting.meaning.actor == actor and _shows(sighting):
                spot = sighting.spot
                kept = counting if (spot.field, spot.start, spot.end) in own else idle
                kept.add(sighting.meaning.name)
                if sighting.verdict == "titled":
                    counting.update(title for title in actor.titles if title.text == sighting.by)
    return _Shown(frozenset(counting), frozenset(idle), frozenset(holding))


def _shows(sighting: Sighting) -> bool:
    """Whether a sentence speaks for this name: written as it is, not "NATO" for "Nato", and dated where it is."""
    name, spot = sighting.meaning.name, sighting.spot
    written = spot.text.replace("’", "'").startswith(name.text.removesuffix("*").replace("’", "'"))
    return written and (spot.day is not None or not (name.first or name.last))


def _advice_on_names(actor: Actor, shown: _Shown) -> Iterator[str]:
    for name in actor.names:
        word = name.strength if name.kind == "name" else name.kind
        if name.strength == "never":
            if name not in shown.idle:
                yield (
                    f'no sentence holds the never-name "{name.text}". '
                    f'Add "{_heading(name)}… {_stem(name)} …" to `counter_examples`, or remove the name.'
                )
            continue
        if name not in shown.counting:
            yield (
                f'in no example the {word} "{name.text}" counts. '
                f'Add "{_heading(name)}… [{_stem(name)}] …" to `examples`, or remove the name.'
            )
        if name.strength == "weak" and name not in shown.idle:
            yield (
                f'in no sentence the {word} "{name.text}" stands without counting. '
                f'Add "{_heading(name)}… {_stem(name)} …" to `counter_examples`, where something else is meant.'
            )
    for title in actor.titles:
        if title not in shown.counting:
            yield (
                f'in no example the title "{title.text}" makes a weak name count. '
                f'Add "{_heading(title)}… {title.text} [{_weak_name(actor)}] …" to `examples`, or remove the title.'
            )


def _advice_on_holders(office: Actor, shown: Mapping[str, _Shown]) -> Iterator[str]:
    for holder in office.holders:
        if not any(held(holder, day) for day in shown[holder.actor].holding):
            yield (
                f'no example of "{holder.actor}" shows the office held from {holder.first} to {holder.last}. '
                f'Add "({holder.first or holder.last}) The [{_stem(office.names[0])}] …" to `examples` there.'
            )


def _stem(name: Name) -> str:
    return name.text.removesuffix("*")


def _heading(name: Name) -> str:
    """What must stand before a sentence that shows the name."""
    languages = [language for language in name.languages if not language.startswith("-")]
    parts = languages[:1] + [str(day) for day in (name.first or name.last,) if day]
    return f"({', '.join(parts)}) " if parts else ""


def _weak_name(actor: Actor) -> str:
    return next((name.text for name in actor.names if name.strength == "weak"), "…")
