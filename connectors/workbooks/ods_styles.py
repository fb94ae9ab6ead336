"""The number formats of an OpenDocument workbook: which styles of cells show a currency beside a number."""

from collections.abc import Callable
from typing import Any

from connectors.workbooks.signs import sign_of

OPEN = "urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
STYLE, NUMBER = OPEN % "style", OPEN % "datastyle"
KINDS = {f"{NUMBER}number-style", f"{NUMBER}currency-style"}


class Styles:
    """Gathers the styles while expat parses; only inside of formats it listens to texts, which are many elsewhere."""

    def __init__(self, parser: Any) -> None:
        """Nothing is known yet."""
        self.parser = parser
        self.formats: dict[str, str] = {}
        self.format_of: dict[str, str] = {}
        self.code: list[str] | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """A tag of styles or formats begins."""
        if name == f"{STYLE}style":
            self.format_of[attributes.get(f"{STYLE}name", "")] = attributes.get(f"{STYLE}data-style-name", "")
        elif name in KINDS:
            self.code = []
            self.parser.EndElementHandler = self._ended(name, attributes.get(f"{STYLE}name", ""))
        elif self.code is not None and name == f"{NUMBER}number":
            factor = attributes.get(f"{NUMBER}display-factor", "1")
            self.code.append("0" if factor in ("1", "") else "0,")
        elif self.code is not None and name in (f"{NUMBER}text", f"{NUMBER}currency-symbol"):
            self.parser.CharacterDataHandler = self._text(name == f"{NUMBER}currency-symbol")

    def sign(self, style: str | None) -> str:
        """The sign that the format of a style of cells shows."""
        return self.formats.get(self.format_of.get(style or "", ""), "")

    def _text(self, money: bool) -> Callable[[str], None]:
        def text(data: str) -> None:
            if self.code is not None:
                self.code.append(f"[${data.replace(']', '')}]" if money else '"' + data.replace('"', "") + '"')

        return text

    def _ended(self, kind: str, style: str) -> Callable[[str], None]:
        def end(name: str) -> None:
            self.parser.CharacterDataHandler = None
            if name == kind:
                self.formats[style] = sign_of("".join(self.code or []))
                self.code = self.parser.EndElementHandler = None

        return end
