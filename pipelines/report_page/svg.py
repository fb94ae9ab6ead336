"""Charts as SVG for a page: drawn by matplotlib, then without what a page has already: fonts, colours, sizes.

Colours are names of CSS variables, so that a chart follows the page into the dark and onto paper. What is drawn can
carry data, which the page tells in the words of its reader's country.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from io import StringIO
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

import matplotlib as mpl
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

POINTS = 72
FONT = 12.0
STYLE: Any = {"svg.fonttype": "none", "svg.hashsalt": "dealport", "font.size": FONT, "path.simplify": False}


class Colours:
    """Names of CSS variables, each as a colour that matplotlib can draw with."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def __call__(self, name: str) -> str:
        """The colour that stands for a variable."""
        if name not in self.names:
            self.names.append(name)
        return f"#fe{self.names.index(name):04x}"

    def replaced(self, text: str) -> str:
        """The text with the variables in place of the colours."""
        return re.sub(r"#fe([0-9a-f]{4})", lambda found: f"var(--{self.names[int(found[1], 16)]})", text)


class Drawing:
    """A chart in the making: matplotlib's axes, and at the end its SVG."""

    def __init__(self, width: float, height: float, margins: tuple[float, float, float, float]) -> None:
        """Take the size, and the margins at the left, right, top and bottom, all in CSS pixels."""
        left, right, top, bottom = margins
        self.figure = Figure(figsize=(width / POINTS, height / POINTS))
        inner = ((width - left - right) / width, (height - top - bottom) / height)
        self.axes: Axes = self.figure.add_axes((left / width, bottom / height, *inner))
        self.axes.tick_params(length=0, pad=6)
        self.axes.spines[:].set_visible(False)
        self.colour = Colours()
        self.width, self.height = width, height

    def svg(self) -> str:
        """The chart as an SVG element for a page."""
        text = StringIO()
        with _own_style():
            self.figure.savefig(text, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
        return self.colour.replaced(_slim(text.getvalue()))


@contextmanager
def drawn(width: float, height: float, margins: tuple[float, float, float, float]) -> Iterator[Drawing]:
    """A chart to draw on, in the style of the page."""
    with _own_style():
        yield Drawing(width, height, margins)


@contextmanager
def _own_style() -> Iterator[None]:
    """The style of the page, whatever is set up on this machine."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)
        yield


def carries(**data: Any) -> str:
    """The id under which what is drawn carries data to the page."""
    return "@" + "&".join(f"{key}={quote(str(value), safe='')}" for key, value in data.items())


def _slim(text: str) -> str:
    text = text[text.index("<svg") :].strip()
    text = re.sub(r"<metadata>.*?</metadata>|<defs>\s*<style.*?</defs>", "", text, flags=re.DOTALL)
    text = re.sub(r' (?:xmlns(?::xlink)?|version|clip-path)="[^"]*"', "", text)
    text = re.sub(r' transform="rotate\(-0 [^"]*\)"', "", text)
    text = re.sub(r'^<svg width="[^"]*" height="[^"]*"', "<svg", text)
    text = re.sub(r" ?font-family: [^;\"]*;?| stroke-linejoin: \w+;?| stroke-linecap: \w+;?", "", text)
    text = re.sub(r'<g id="([^"]*)"', lambda found: f"<g{_data(found[1])}", text)
    text = re.sub(r'd="([^"]*)"', lambda found: f'd="{_short_path(found[1])}"', text)
    text = re.sub(r'<path d="[^"]*" style="fill: none"/>|<defs>\s*<clipPath.*?</defs>', "", text, flags=re.DOTALL)
    text = re.sub(r"\s*\n\s*", "", text)
    while text != (text := re.sub(r"<g>\s*</g>", "", text)):
        pass
    return text


def _data(identity: str) -> str:
    if not identity.startswith("@"):
        return ""
    pairs = (pair.split("=", 1) for pair in identity[1:].replace("&amp;", "&").split("&"))
    return "".join(f' data-{key}="{escape(unquote(value))}"' for key, value in pairs)


def _short_path(path: str) -> str:
    rounded = re.sub(r"-?\d+\.\d+", lambda found: f"{float(found[0]):.1f}".removesuffix(".0"), path)
    return re.sub(r"\s+", " ", rounded).strip().replace(" z", "z")
