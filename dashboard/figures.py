"""The model's figures as tables in HTML: how often it is right, beside VADER and the majority, and what it mistakes."""

from collections.abc import Callable, Iterable, Sequence

from dashboard.theme import escape
from data.figures import LABELS, Detail, Figure, Figures, Published

#: Sets with a marked target have these measures, one row in the short table; all other figures are listed.
_OF_TARGETS = "macro F1"


def targets(found: Figures) -> str:
    """A row for each set of texts with a marked target, each value above its interval."""
    rows = [
        _target_row({one.measure: one for one in members}, [one for one in found.published if one.labelled == name])
        for _, sets in found.by_group()
        for name, members in sets
        if members[0].measure == _OF_TARGETS
    ]
    return _table(f"<thead>{_HEADS}</thead><tbody>{''.join(rows)}</tbody>", "Accuracy toward a target")


_HEADS = (
    '<tr><th rowspan="2">Set</th><th colspan="4">Macro F1</th><th colspan="4">Accuracy</th><th colspan="3">F1 of</th>'
    '<th colspan="3">Confidence</th></tr><tr>'
    + "".join(
        f'<th class="number">{head}</th>'
        for head in (
            *("ours", "VADER", "majority", "published"),
            *("ours", "VADER", "majority", "where sure"),
            *LABELS,
            *("error", "by chance", "abstains"),
        )
    )
    + "</tr>"
)


def _target_row(by_measure: dict[str, Figure], published: Sequence[Published]) -> str:
    f1, accuracy = by_measure[_OF_TARGETS], by_measure["accuracy"]
    cells = [
        *(_ours(f1), _vaders(f1), _bare(f1.majority), _others(published)),
        *(_ours(accuracy), _vaders(accuracy), _bare(accuracy.majority), _ours(by_measure.get("accuracy where sure"))),
        *(_ours(by_measure.get(f"F1 of {label}")) for label in LABELS),
        *(_ours(by_measure.get("ECE")), _ours(by_measure.get("ECE by chance alone"))),
        _ours(next((one for measure, one in by_measure.items() if measure.startswith("abstains")), None)),
    ]
    return f"<tr><td>{escape(f1.labelled)}<small>n = {f1.n:,}</small></td>{''.join(cells)}</tr>"


def every(found: Figures) -> str:
    """All figures, a row each, under their groups."""
    return _listed(found, "Every figure", ("n", "ours", "VADER", "ours − VADER", "majority"), lambda name: True)


def further(found: Figures) -> str:
    """The figures of what is no set with a marked target, likewise."""
    with_target = {one.labelled for one in found.figures if one.measure == _OF_TARGETS}
    heads = ("n", "ours", "VADER", "ours − VADER")
    return _listed(found, "What else was measured", heads, lambda name: name not in with_target)


def _listed(found: Figures, label: str, heads: Sequence[str], is_wanted: Callable[[str], bool]) -> str:
    rows = []
    for group, sets in found.by_group():
        chosen = [(name, members) for name, members in sets if is_wanted(name)]
        if chosen:
            rows.append(_heading(f"<b>{escape(group)}</b>", 1 + len(heads)))
        for name, members in chosen:
            if len(members) > 1:
                rows += [
                    _heading(escape(name), 1 + len(heads)),
                    *(_row(one.measure, "", one, heads) for one in members),
                ]
            else:
                rows.append(_row(name, members[0].measure, members[0], heads))
    top = "<th>Measure</th>" + "".join(f'<th class="number">{head}</th>' for head in heads)
    return _table(f"<thead><tr>{top}</tr></thead><tbody>{''.join(rows)}</tbody>", label)


def _heading(told: str, columns: int) -> str:
    return f'<tr><th colspan="{columns}" scope="rowgroup"><span>{told}</span></th></tr>'


def _row(told: str, small: str, one: Figure, heads: Sequence[str]) -> str:
    cells = {
        "n": f'<td class="number">{one.n:,}</td>',
        "ours": _ours(one),
        "VADER": _vaders(one),
        "ours − VADER": _cell(one.better, one.better_low, one.better_high, sign="+"),
        "majority": _bare(one.majority),
    }
    below = f"<small>{escape(small)}</small>" if small else ""
    return f"<tr><td>{escape(told)}{below}</td>{''.join(cells[head] for head in heads)}</tr>"


def confusions(details: Iterable[Detail]) -> str:
    """A small table for each set: what people read, down, and what the model took it for, across."""
    return '<div class="ng-confusions">' + "".join(map(_confusion, details)) + "</div>"


def _confusion(detail: Detail) -> str:
    rows = "".join(_read(true, counts) for true, counts in enumerate(detail.confusion))
    heads = "".join(f'<th class="number">{label}</th>' for label in LABELS)
    return (
        f"<figure><figcaption>{escape(detail.labelled)}</figcaption>"
        f'<table class="ng-table"><thead><tr><td></td>{heads}</tr></thead><tbody>{rows}</tbody></table>'
        "</figure>"
    )


def _read(true: int, counts: Sequence[int]) -> str:
    cells = "".join(_counted(count, sum(counts), said == true) for said, count in enumerate(counts))
    return f'<tr><th scope="row">{LABELS[true]}</th>{cells}</tr>'


def _counted(count: int, of: int, is_right: bool) -> str:
    part = count / of if of else 0
    colour = "positive" if is_right else "negative"
    shade = f"background:color-mix(in srgb, var(--ng-{colour}) {part * 45:.0f}%, transparent)"
    return f'<td class="number" style="{shade}">{count:,}<small>{part:.0%}</small></td>'.replace("%<", " %<")


def _table(rows: str, label: str) -> str:
    # It scrolls sideways on a phone: the keyboard must reach it.
    return (
        f'<div class="ng-scroll" tabindex="0" role="region" aria-label="{label}">'
        f'<table class="ng-table ng-figures">{rows}</table></div>'
    )


def _ours(one: Figure | None) -> str:
    return _cell(one.value, one.low, one.high, strong=True) if one else _cell(None, None, None)


def _vaders(one: Figure) -> str:
    return _cell(one.vader, one.vader_low, one.vader_high)


def _bare(value: float | None) -> str:
    return f'<td class="number">{"" if value is None else number(value)}</td>'


def _others(published: Sequence[Published]) -> str:
    told = "".join(f"{number(one.value)}<small>{escape(one.by)}</small>" for one in published)
    return f'<td class="number">{told}</td>'


def _cell(value: float | None, low: float | None, high: float | None, *, strong: bool = False, sign: str = "") -> str:
    if value is None or low is None or high is None:
        return '<td class="number"></td>'
    told = f"<b>{number(value, sign)}</b>" if strong else number(value, sign)
    # A dash is shorter, and could be read as a minus.
    between = " to " if low < 0 or sign else "–"
    return f'<td class="number">{told}<small>{number(low, sign)}{between}{number(high, sign)}</small></td>'


def number(value: float, sign: str = "") -> str:
    """Three places, without the 0 before the point, and a true minus.

    >>> number(0.7821), number(-0.05, "+"), number(1.0)
    ('.782', '−.050', '1.00')
    """
    written = f"{value:{sign}.2f}" if abs(value) >= 0.9995 else f"{value:{sign}.3f}".replace("0.", ".", 1)
    return written.replace("-", "−")
