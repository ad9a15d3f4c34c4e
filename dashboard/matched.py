"""What counts as an actor, in a reader's words: the rules of its entry in the catalogue."""

from collections.abc import Iterable

from dashboard import blocks
from data.catalogue import Actor, Catalogue, Holder, Name

KINDS = {"person": "Person", "organisation": "Organisation", "country": "Country", "office": "Office"}
_MOST_WORDS = 12


def summary(actor: Actor) -> str:
    """The names that count alone, in one line, as far as they are of the reader's alphabet.

    >>> from data import catalogue
    >>> nato = next(one for one in catalogue.load(catalogue.DEFAULT).actors if one.key == "nato")
    >>> summary(nato).startswith("NATO, ")
    True
    """
    strong = [name.text for name in actor.names if name.strength == "strong" and name.kind == "name"]
    plain = [text for text in strong if text.isascii()] or strong
    shown = plain or [name.text for name in actor.names if name.strength != "never"]
    more = f" and {len(shown) - 6} more" if len(shown) > 6 else ""
    return ", ".join(shown[:6]) + more


def rules(actor: Actor, catalogue: Catalogue) -> list[tuple[str, str]]:
    """What is found and on which condition: (condition, words); what there is none of has no row."""
    label = {one.key: one.label for one in catalogue.actors}
    around = f", or with words such as {_few(actor.context)}" if actor.context else ""
    titles = f", or right after a title ({_few(name.text for name in actor.titles)})" if actor.titles else ""
    found = [
        ("Counts alone", _names(actor, "strong", "name")),
        (f"Counts beside one of these in the article{around}{titles}", _names(actor, "weak", "name")),
        ("Its seat, where the government is meant and not the place", _names(actor, None, "metonym")),
        ("Its people and what is theirs, as a kind of their own", _names(actor, None, "demonym")),
        ("Descriptions, after another name of it in the same article", _names(actor, None, "nominal")),
        ("Never, nor any name inside", _names(actor, "never", None)),
        ("Held by", "; ".join(_held(label.get(one.actor, one.actor), one) for one in actor.holders)),
        ("Also by the name of an office, on the days it holds it", _offices(actor, catalogue)),
    ]
    return [(condition, words) for condition, words in found if words]


def children(actor: Actor, catalogue: Catalogue) -> list[Actor]:
    """The actors that are part of this one and watched apart, by label."""
    return sorted((one for one in catalogue.actors if one.parent == actor.key), key=lambda one: one.label)


def parent(actor: Actor, catalogue: Catalogue) -> Actor | None:
    """The actor that this one is part of."""
    return next((one for one in catalogue.actors if one.key == actor.parent), None)


def _names(actor: Actor, strength: str | None, kind: str | None) -> str:
    chosen = [
        _name(name)
        for name in actor.names
        if (name.strength == strength if strength else name.strength != "never") and (kind is None or name.kind == kind)
    ]
    return ", ".join(dict.fromkeys(chosen))


def _name(name: Name) -> str:
    """A name with what it depends on.

    >>> from datetime import date
    >>> _name(Name("President Obama", "strong", first=date(2009, 1, 20), languages=("en",)))
    'President Obama (from 20 Jan 2009; in en)'
    """
    meant = [language for language in name.languages if not language.startswith("-")]
    but = [language[1:] for language in name.languages if language.startswith("-")]
    told = [
        f"from {blocks.day(name.first)}" if name.first else "",
        f"to {blocks.day(name.last)}" if name.last else "",
        f"in {', '.join(meant)}" if meant else "",
        f"not in {', '.join(but)}" if but else "",
        f"near {_few(name.near)}" if name.near else "",
    ]
    conditions = "; ".join(one for one in told if one)
    return f"{name.text} ({conditions})" if conditions else name.text


def _few(words: Iterable[str]) -> str:
    listed = list(words)
    return ", ".join(listed[:_MOST_WORDS]) + (" …" if len(listed) > _MOST_WORDS else "")


def _held(who: str, holder: Holder) -> str:
    since = f" from {blocks.day(holder.first)}" if holder.first else ""
    until = f" to {blocks.day(holder.last)}" if holder.last else ""
    return f"{who}{since}{until}"


def _offices(actor: Actor, catalogue: Catalogue) -> str:
    return "; ".join(
        _held(office.label, holder)
        for office in catalogue.actors
        for holder in office.holders
        if holder.actor == actor.key
    )
