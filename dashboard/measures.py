"""The two measures of tone in a reader's words: what each is, and from where a mention is negative or positive."""

from collections.abc import Mapping
from typing import Any

from data.queries import NEUTRAL, Measure

#: Names of the measures, for a choice between them.
NAMES = {"tone": "toward the actor", "lexicon_tone": "by lexicon"}

#: The kinds of `queries.kind` that are no tone, as a reader is told of them.
KINDS = {"unsure": "unsure", "not_scored": "not scored"}

_MODEL = (
    "Toward the actor: a model reads each sentence about the actor and judges what it says of it; where it cannot "
    "tell, it says unsure."
)
_LEXICON = (
    "By lexicon: the words of the sentences about the actor, as a list of rated words hears them, whomever they praise "
    "or blame."
)
_SO_FAR = "The lexicon scored {which} so far; ./newsgauge rescore has the model read them."


def told(measure: Measure, now: Mapping[str, Any]) -> str:
    """What this measure is, in one plain sentence, and a second one where the lexicon stood in for the model.

    `now` is a row of `queries.summary`.
    """
    if measure == "lexicon_tone":
        return _LEXICON
    if not now["by_lexicon"]:
        return _MODEL
    if now["by_lexicon"] == now["scored"]:
        return f"{_LEXICON.replace('By lexicon', 'Toward the actor')} {_SO_FAR.format(which='all of it')}"
    some = f"{now['by_lexicon']:,} of these {now['scored']:,} mentions"
    return f"{_MODEL} {_SO_FAR.format(which=some)}"


def border(measure: Measure, now: Mapping[str, Any]) -> str:
    """How far from 0 a tone is no longer neutral; of what the lexicon scored it is another number."""
    model, lexicon = (f"{NEUTRAL[one]:.2f}" for one in ("tone", "lexicon_tone"))
    if measure == "lexicon_tone" or (now["by_lexicon"] and now["by_lexicon"] == now["scored"]):
        return lexicon
    return f"{model} ({lexicon} by lexicon)" if now["by_lexicon"] else model
