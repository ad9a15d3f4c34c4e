"""What a page of charts is drawn of: laid out once for each view, and sent as browsers read it."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import polars as pl
import pyarrow as pa

from dashboard import held, theme
from dashboard.controls import View
from dashboard.desk import Desk
from dashboard.held import Settings
from dashboard.theme import Palette
from dashboard.views.scene import Scene, laid_out
from dashboard.wire import packed
from data.archive import open_archive
from data.catalogue import DEFAULT
from tests.browser.newsroom import newsroom


def test_the_same_view_again_lays_out_nothing(tmp_path: Path) -> None:
    newsroom(tmp_path / "archive")
    url = str(tmp_path / "archive")
    archive = open_archive(url).pin()
    press, catalogue = held.press(archive, url), held.catalogue(DEFAULT)
    laid = []

    @laid_out
    def card(scene: Scene) -> int:
        laid.append(scene)
        return len(laid)

    def drawn(view: View, colours: Palette = theme.LIGHT) -> int:
        desk = Desk(Settings(url, DEFAULT, False), archive, press, catalogue, colours)
        filters, first, last = desk.filters(view)
        return card(Scene(desk, view, filters, first, last, "week", desk.drawn(("nato",))))

    view = View(period="30d")
    other = replace(view, measure="lexicon_tone")
    assert [drawn(one) for one in (view, other, view, other)] == [1, 2, 1, 2]
    # The colours stand in what is sent.
    assert drawn(view, theme.DARK) == 3


def test_a_table_is_sent_with_texts_as_browsers_read_them() -> None:
    table = pl.DataFrame({"when": ["7 Oct", None], "value": [1.5, None], "measured": [True, False]})
    (sent,) = packed({"lines": table}).values()
    assert pl.read_ipc_stream(BytesIO(sent)).equals(table)
    assert pa.ipc.open_stream(sent).schema.field("when").type in (pa.string(), pa.large_string())
