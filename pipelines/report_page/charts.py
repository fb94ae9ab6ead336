"""The charts of the pipeline, each wide for a desk and narrow for a phone."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from textwrap import shorten, wrap
from typing import Any

from matplotlib.ticker import MaxNLocator

from pipelines.report_page.series import Bar, Stage, Step
from pipelines.report_page.svg import FONT, Drawing, carries, drawn

NARROW = 340.0
SMALL = FONT - 1
FEW = 8
"""So many bars have room at least, so that one alone is no wall."""


def months(bars: Sequence[Bar], labels: Sequence[str]) -> tuple[str, str]:
    """The bars of months, a part for each status: upright where there is room, lying on a phone."""
    with drawn(720, 320, (52, 8, 22, 26)) as wide:
        _stack(wide, bars, labels, wide.axes.bar, "bottom")
        wide.axes.set_xticks(range(len(bars)), [_name(bar.name, short=True) for bar in bars])
        _name_ticks(wide.axes.get_xticklabels(), bars, wide, short=True)
        amount_axis(wide)
        wide.axes.set_xlim(-0.6, max(len(bars), FEW) - 0.4)
        for place, bar in enumerate(bars):
            if bar.total:
                beside(wide, place, float(bar.total), bar.total, ha="center", va="bottom", dy=3)
    with drawn(NARROW, 30 * len(bars) + 8, (62, 56, 4, 4)) as narrow:
        _stack(narrow, bars, labels, narrow.axes.barh, "left")
        narrow.axes.set_yticks(range(len(bars)), [_name(bar.name) for bar in bars])
        narrow.axes.set_xticks([])
        narrow.axes.invert_yaxis()
        _name_ticks(narrow.axes.get_yticklabels(), bars, narrow)
        for place, bar in enumerate(bars):
            beside(narrow, float(bar.total), place, bar.total, ha="left", va="center_baseline", dx=5)
    return wide.svg(), narrow.svg()


def funnel(steps: Sequence[Stage]) -> tuple[str, str]:
    """A bar for each status, as long as its deals are worth; the solid part is what is expected of it."""
    return _funnel(steps, 420), _funnel(steps, NARROW)


def waterfall(steps: Sequence[Step]) -> tuple[str, str]:
    """From the opening up and down to the closing."""
    with drawn(720, 320, (52, 8, 22, 40)) as wide:
        for place, step in enumerate(steps):
            low, size = float(min(step.start, step.end)), abs(float(step.end - step.start))
            (patch,) = wide.axes.bar(place, size, 0.62, low, color=_colour(wide, step))
            patch.set_gid(carries(tip=step.label, money=step.amount))
            beside(wide, place, low + size, step.amount, ha="center", va="bottom", dy=3, signed=not step.is_total)
        for place, step in enumerate(steps[:-1]):
            level = float(step.end)
            wide.axes.plot((place + 0.31, place + 0.69), (level, level), color=wide.colour("dim"), linewidth=0.8)
        wide.axes.set_xticks(range(len(steps)), ["\n".join(wrap(step.label, 10)[:2]) for step in steps])
        wide.axes.tick_params(axis="x", labelcolor=wide.colour("ink"), labelsize=SMALL)
        wide.axes.set_ylim(*_limits(steps))
        wide.axes.set_xlim(-0.6, max(len(steps), FEW) - 0.4)
        amount_axis(wide)
    with drawn(NARROW, 30 * len(steps) + 8, (108, 58, 4, 4)) as narrow:
        for place, step in enumerate(steps):
            low, size = float(min(step.start, step.end)), abs(float(step.end - step.start))
            narrow.axes.barh(place, size, 0.62, low, color=_colour(narrow, step))
            beside(
                narrow, low + size, place, step.amount, ha="left", va="center_baseline", dx=5, signed=not step.is_total
            )
        narrow.axes.set_yticks(range(len(steps)), [shorten(step.label, 16, placeholder="…") for step in steps])
        narrow.axes.tick_params(axis="y", labelcolor=narrow.colour("ink"))
        narrow.axes.set_xticks([])
        narrow.axes.invert_yaxis()
        narrow.axes.set_xlim(*_limits(steps))
    return wide.svg(), narrow.svg()


def outcome_range(outcomes: dict[str, Decimal]) -> tuple[str, str]:
    """What the open deals may bring, from bad to good luck on one line, and the middle."""
    return _range(outcomes, 560), _range(outcomes, NARROW)


def _stack(drawing: Drawing, bars: Sequence[Bar], labels: Sequence[str], draw: Callable[..., Any], start: str) -> None:
    levels = [0.0] * len(bars)
    for number, label in enumerate(labels):
        sizes = [float(bar.parts[number]) for bar in bars]
        edge = {"edgecolor": drawing.colour("card"), "linewidth": 1}
        patches = draw(range(len(bars)), sizes, 0.68, color=drawing.colour(f"open-{number}"), **{start: levels}, **edge)
        for bar, patch in zip(bars, patches, strict=True):
            patch.set_gid(carries(tip=label, name=bar.name, money=bar.parts[number]))
            patch.set_visible(bool(bar.parts[number]))
        levels = [level + size for level, size in zip(levels, sizes, strict=True)]


def _funnel(steps: Sequence[Stage], width: float) -> str:
    with drawn(width, 52 * len(steps) + 4, (0, 0, 0, 0)) as drawing:
        axes = drawing.axes
        longest = max((float(step.amount) for step in steps), default=0) or 1.0
        axes.set(xlim=(0, longest), ylim=(52 * len(steps) + 4, 0), xticks=[], yticks=[])
        for number, step in enumerate(steps):
            top, colour = 52 * number, drawing.colour(f"open-{number}")
            axes.barh(top + 31, float(step.amount), 14, color=drawing.colour("soft"))
            axes.barh(top + 31, float(step.weighted), 14, color=colour)
            label = shorten(step.label, int(width / 12), placeholder="…")
            gid = carries(label=label, count=step.deals)
            ink = drawing.colour("ink")
            axes.text(0, top + 17, f"{label} · {step.deals:,}", color=ink, gid=gid, va="baseline")
            beside(drawing, longest, top + 17, step.amount, ha="right", va="baseline")
    return drawing.svg()


def _range(outcomes: dict[str, Decimal], width: float) -> str:
    with drawn(width, 124, (4, 4, 0, 0)) as drawing:
        axes, at = drawing.axes, {name: float(amount) for name, amount in outcomes.items()}
        apart = (at["p90"] - at["p10"]) or 1.0
        axes.set(xlim=(at["p10"] - apart * 0.3, at["p90"] + apart * 0.3), ylim=(124, 0), xticks=[], yticks=[])
        axes.axhline(62, color=drawing.colour("line"), linewidth=2)
        for low, high, size, colour in (("p10", "p90", 14, "range"), ("p25", "p75", 22, "range-core")):
            axes.barh(62, at[high] - at[low], size, left=at[low], color=drawing.colour(colour))
        axes.plot((at["p50"], at["p50"]), (47, 77), color=drawing.colour("ink"), linewidth=2.5)
        for name, level in (("p10", 94), ("p50", 18), ("p90", 94)):
            dim = drawing.colour("dim")
            axes.text(at[name], level, name.upper(), color=dim, ha="center", va="baseline", fontsize=SMALL)
            beside(drawing, at[name], level + 17, outcomes[name], ha="center", va="baseline", weight="bold")
    return drawing.svg()


def _colour(drawing: Drawing, step: Step) -> str:
    return drawing.colour("total" if step.is_total else "up" if step.amount > 0 else "down")


def _limits(steps: Sequence[Step]) -> tuple[float, float]:
    """From nothing on, so that a bar is as long as what it stands for."""
    levels = [float(level) for step in steps for level in (step.start, step.end)]
    return min(0.0, *levels), (max(levels) or 1.0) * 1.04


def amount_axis(drawing: Drawing, *, percent: bool = False, along: bool = False) -> None:
    """Lines at few round amounts from nothing on, or along the chart from where it begins, with their labels."""
    axes = drawing.axes
    axis, limits = (axes.xaxis, axes.get_xlim()) if along else (axes.yaxis, axes.get_ylim())
    axis.set_major_locator(MaxNLocator(4))
    if not along:
        limits = axes.set_ylim(min(limits[0], 0), max(limits[1], 1e-4))
        axes.grid(axis="y", color=drawing.colour("line"), linewidth=0.8)
        axes.set_axisbelow(True)
    places = [place for place in axis.get_majorticklocs() if limits[0] <= place <= limits[1]]
    axis.set_ticks(places, [f"{place:.0%}" if percent else compact(Decimal(str(place))) for place in places])
    axis.set_tick_params(labelcolor=drawing.colour("dim"), labelsize=SMALL)
    for place, label in zip(places, axis.get_ticklabels(), strict=True):
        label.set_gid(carries(**{"percent" if percent else "compact": f"{place:f}"}))


def beside(drawing: Drawing, x: float, y: float, amount: Decimal, **how: Any) -> None:
    """An amount in few digits, beside a point."""
    apart, signed = (how.pop("dx", 0), how.pop("dy", 0)), how.pop("signed", False)
    sign = {"sign": "always"} if signed else {}
    drawing.axes.annotate(
        ("+" if signed and amount > 0 else "") + compact(amount),
        (x, y),
        apart,
        textcoords="offset points",
        color=drawing.colour("ink"),
        gid=carries(compact=f"{amount:f}", **sign),
        annotation_clip=False,
        **how,
    )


def _name_ticks(ticks: Sequence[Any], bars: Sequence[Bar], drawing: Drawing, *, short: bool = False) -> None:
    for label, bar in zip(ticks, bars, strict=True):
        label.set_color(drawing.colour("ink"))
        label.set_fontsize(SMALL)
        if bar.name[0] == "2":
            label.set_gid(carries(month=bar.name, **({"short": 1} if short and not bar.name.endswith("-01") else {})))


def _name(name: str, *, short: bool = False) -> str:
    """The month as people say it: Nov 26, in short with the year of a January only; what is no month as it is."""
    if name[0] != "2":
        return name
    return f"{date.fromisoformat(f'{name}-01'):{'%b' if short and not name.endswith('-01') else '%b %y'}}"


def compact(amount: Decimal) -> str:
    """An amount with three digits: 1.23M."""
    for size, sign in ((9, "B"), (6, "M"), (3, "K")):
        if abs(amount) >= 10**size:
            return f"{float(amount.scaleb(-size)):.3g}{sign}"
    return f"{float(amount):.3g}" if amount else "0"
