"""A month read once for all actors says of each what its own mentions say."""

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from data import places, portrait, queries, schema, spoken
from tests.conftest import mention, reading

ACTORS = ["nato", "ukraine", "russia"]
ARTICLES = ["00000000000000aa", "00000000000000bb", "another id"]

passages = st.builds(
    lambda start, tone, confidence, speaker: {
        "field": "text",
        "start": start,
        "end": start + 9,
        "tone": tone,
        "confidence": confidence,
        "how": "name",
        "speaker": speaker,
    },
    st.integers(0, 50),
    st.sampled_from([None, -0.5, 0.25]),
    st.sampled_from([None, 0.5, 0.75]),
    st.sampled_from([None, "", *ACTORS]),
)
spans = st.builds(
    lambda text, rule: {"field": "text", "start": 0, "end": len(text), "text": text, "rule": rule},
    st.sampled_from(["NATO", "Kyiv"]),
    st.sampled_from(['strong "NATO"', 'weak "NATO" beside "Oslo"']),
)
keys = st.tuples(st.sampled_from(ARTICLES), st.sampled_from(ACTORS))
mentions_of_a_month = st.dictionaries(keys, st.tuples(st.lists(passages, max_size=3), st.lists(spans, max_size=3)))


@settings(max_examples=60, deadline=None)
@given(mentions_of_a_month, mentions_of_a_month, st.sampled_from([*ACTORS, "nobody"]), st.integers(0, 2))
def test_months_tell_of_an_actor_what_its_mentions_tell(one, other, actor, packed) -> None:
    tables = [
        pl.concat(
            [schema.empty("mentions")]
            + [mention(article_id=key, actor=whom, passages=said, spans=named) for (key, whom), (said, named) in drawn]
        )
        for drawn in (one.items(), [item for item in other.items() if item[0] not in one])
    ]
    mentions = pl.concat(tables)
    # The third article is not read yet: nothing is told of it.
    hot = queries.enriched(mentions, pl.concat([reading(article_id=key) for key in ARTICLES[:2]]))
    # A month may lie as an earlier Newsgauge wrote it.
    months = [spoken.month(places.packed(table)) for table in tables[:packed]] + [*map(spoken.month, tables[packed:])]
    known, own = spoken.numbers(hot), pl.col("actor") == actor

    said, written = spoken.passages(months, actor, known), spoken.written(months, actor, known)

    assert_frame_equal(said, portrait.passages(mentions.filter(own), hot), check_row_order=False)
    assert_frame_equal(written, portrait.written(mentions.filter(own), hot), check_row_order=False)


def test_no_month_has_nothing() -> None:
    known = spoken.numbers(queries.enriched(schema.empty("mentions"), schema.empty("readings")))
    assert spoken.passages([], "nato", known).is_empty()
    assert spoken.written([], "nato", known).columns == ["article_no", "text", "rule", "times"]
