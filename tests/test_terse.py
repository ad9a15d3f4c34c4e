"""A spec in fewer words means what it meant."""

from typing import Any

import pytest

from dashboard import theme, tone_charts, volume_charts
from dashboard.terse import terse

Spec = dict[str, Any]
COLOURS = theme.palette("light")
AXIS = {"axis": {"grid": False}, "title": None, "type": "temporal"}


def test_what_all_layers_say_of_an_axis_stands_above_them_once() -> None:
    spec = {"layer": [{"encoding": {"x": {"field": field, **AXIS}}} for field in ("at", "start")]}
    assert terse(spec) == {
        "encoding": {"x": AXIS},
        "layer": [{"encoding": {"x": {"field": "at"}}}, {"encoding": {"x": {"field": "start"}}}],
    }


def test_a_layer_without_an_axis_inherits_none() -> None:
    layers = [{"encoding": {"x": {"field": "at", **AXIS}}}] * 2 + [{"encoding": {"y": {"value": 3}}}]
    assert terse({"layer": layers})["layer"][2] == {"encoding": {"x": None, "y": {"value": 3}}}


def test_where_layers_differ_all_is_left_as_it_is() -> None:
    spec = {"layer": [{"encoding": {"x": {"field": "at", "title": title}}} for title in ("From", "To")]}
    assert terse(spec) == spec


def whole(spec: Spec) -> list[Spec]:
    """What each layer says of its axes with what it inherits, as Vega-Lite merges them."""
    above = spec.get("encoding", {})
    return [
        {
            channel: own if own is None or "value" in own else {**above.get(channel, {}), **own}
            for channel, own in layer["encoding"].items()
            if channel in ("x", "y")
        }
        for layer in spec["layer"]
    ]


@pytest.mark.parametrize(
    "spec", [volume_charts.volume((), COLOURS, "count", "week"), tone_charts.tone(COLOURS, "week")]
)
def test_each_layer_of_a_chart_of_time_is_placed_on_the_one_axis_that_it_shares(spec: Spec) -> None:
    for layer, placed in zip(spec["layer"], whole(spec), strict=True):
        x = placed.get("x")
        assert x is None or (x["scale"] == {"type": "utc"} and x["axis"]["tickMinStep"] == 86_400_000), layer
    assert len(str(spec["encoding"])) < 700
