"""What a workbook says of itself in properties of its own: those that dealport wrote into it, by their names."""

from typing import Any
from xml.etree.ElementTree import ParseError

from connectors.workbooks.packages import Package

OURS = "dealport "
XLSX_PART, ODS_PART = "docProps/custom.xml", "meta.xml"
LONGEST = 255


def properties(package: Package) -> dict[str, str]:
    """The properties of an XLSX or ODS workbook that begin with our name; none where they cannot be read."""
    for part, value_of in ((XLSX_PART, _of_xlsx), (ODS_PART, _of_ods)):
        if part in package:
            try:
                told = dict(map(value_of, package.elements(part)))
            except ParseError:
                return {}
            return {name: value for name, value in told.items() if name.startswith(OURS) and len(value) <= LONGEST}
    return {}


def _of_xlsx(element: Any) -> tuple[str, str]:
    return element.get("name", ""), "".join(element.itertext())


def _of_ods(element: Any) -> tuple[str, str]:
    names = [value for key, value in element.items() if key.endswith("}name")]
    return (names[0] if names else ""), "".join(element.itertext())
