"""Rows of an XLSX sheet that are written in an unusual way, gathered while expat parses them."""

from connectors.workbooks.markup import underscored


class Cell:
    """A cell while it is parsed."""

    def __init__(self, attributes: dict[str, str]) -> None:
        """It has no content yet."""
        self.attributes = attributes
        self.value = ""
        self.formula: str | None = None


class ParsedRows:
    """Gathers the rows of a piece of XML; expat calls it."""

    def __init__(self) -> None:
        """Nothing is parsed yet."""
        self.rows: list[tuple[dict[str, str], list[Cell]]] = []
        self.inside: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """A tag begins."""
        name = name.rpartition(":")[2]
        self.inside.append(name)
        if name == "row":
            self.rows.append((attributes, []))
        elif name == "c" and self.rows:
            self.rows[-1][1].append(Cell(attributes))
        elif name == "f" and self.rows and self.rows[-1][1]:
            self.rows[-1][1][-1].formula = ""

    def end(self, _name: str) -> None:
        """A tag ends."""
        self.inside.pop()

    def text(self, text: str) -> None:
        """Text stands between tags."""
        if "c" not in self.inside or not self.rows or not self.rows[-1][1]:
            return
        cell = self.rows[-1][1][-1]
        if self.inside[-1] == "v" or (self.inside[-1] == "t" and "rPh" not in self.inside):
            # The converters resolve entities, as those of the usual rows are unresolved.
            cell.value += text.replace("&", "&amp;")
        elif self.inside[-1] == "f":
            cell.formula = (cell.formula or "") + underscored(text)
