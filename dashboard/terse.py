"""The same Vega-Lite spec in fewer words: it goes to the browser with every rerun."""

from typing import Any

Spec = dict[str, Any]

#: What a layer says of where its own values are; all else of a channel is about the axis that the layers share.
_OWN = ("field", "datum", "value")
_CHANNELS = ("x", "y")


def terse(spec: Spec) -> Spec:
    """A layered spec whose layers leave out what they all say of an axis; it stands above them once.

    Vega-Lite lets a layer inherit what is said of a channel above it (vega.github.io/vega-lite/docs/layer.html), and
    one with `null` has no such channel. Where layers differ, all is left as it is.
    """
    layers = spec.get("layer", [])
    for channel in _CHANNELS:
        said = [layer["encoding"][channel] for layer in layers if channel in layer.get("encoding", {})]
        common = _common([one for one in said if "value" not in one])
        if common:
            layers = [_without(layer, channel, common) for layer in layers]
            spec = {**spec, "encoding": {**spec.get("encoding", {}), channel: common}}
    return {**spec, "layer": layers} if layers else spec


def _common(said: list[Spec]) -> Spec:
    """What is said of the axis, where nobody says otherwise; nothing where somebody does."""
    common: Spec = {}
    for one in said:
        for name, value in one.items():
            if name not in _OWN and common.setdefault(name, value) != value:
                return {}
    return common if len(said) > 1 else {}


def _without(layer: Spec, channel: str, common: Spec) -> Spec:
    encoding = dict(layer.get("encoding", {}))
    own = encoding.get(channel)
    encoding[channel] = own and {name: value for name, value in own.items() if name not in common}
    return {**layer, "encoding": encoding}
