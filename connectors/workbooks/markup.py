"""XML as text: comments taken out, escapes resolved, and pieces parsed by expat without regard to namespaces."""

import re
from collections.abc import Iterable, Iterator
from html import escape
from xml.parsers import expat

from connectors.confined import RefusedError

MAX_WAITING = 64 * 1024 * 1024
MARKUP = re.compile(r"<!--.*?-->|<\?.*?\?>|<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
ENTITY = re.compile(r"&(?:#(\d{1,7})|#x([0-9A-Fa-f]{1,6})|(amp|lt|gt|quot|apos));|&")
NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def without_markup(chunks: Iterable[str]) -> Iterator[str]:
    """Text without comments and instructions, and with CDATA as ordinary text: < then always begins a tag."""
    waiting = ""
    for chunk in chunks:
        text = waiting + chunk
        waiting = ""
        if "<!" in text or "<?" in text:
            text = MARKUP.sub(_ordinary, text)
            begun = min((place for mark in ("<!", "<?") if (place := text.find(mark)) >= 0), default=len(text))
            text, waiting = text[:begun], text[begun:]
            if len(waiting) > MAX_WAITING:
                raise RefusedError(f"holds a comment longer than {MAX_WAITING:,} bytes")
        if text.endswith("<"):
            text, waiting = text[:-1], "<"
        yield text
    if waiting:
        raise RefusedError("is a damaged workbook (its XML ends in the middle)")


def unescaped(text: str) -> str:
    """A text of XLSX with its entities and its _x000D_ resolved."""
    if "&" in text:
        text = ENTITY.sub(_entity, text)
    return ESCAPED.sub(_character, text) if "_x" in text else text


def underscored(text: str) -> str:
    """A text of XLSX, entities resolved already, with its _x000D_ resolved."""
    return ESCAPED.sub(_character, text) if "_x" in text else text


def parse(xml: str, handler: object) -> None:
    """Hand the tags and the text of a piece of XML to a handler's start, end and text."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = handler.start  # type: ignore[attr-defined]  # see above
    parser.EndElementHandler = handler.end  # type: ignore[attr-defined]
    parser.CharacterDataHandler = handler.text  # type: ignore[attr-defined]
    try:
        parser.Parse(f"<x>{xml}</x>", True)
    except expat.ExpatError as error:
        raise RefusedError(f"is a damaged workbook (its XML: {expat.ErrorString(error.code)})") from error


def _ordinary(found: re.Match[str]) -> str:
    return escape(found[1], quote=False) if found[1] is not None else ""


def _entity(found: re.Match[str]) -> str:
    if found[3]:
        return NAMED[found[3]]
    code = int(found[1]) if found[1] else int(found[2], 16) if found[2] else 0
    if code in (9, 10, 13) or 0x20 <= code < 0xD800 or 0xDFFF < code <= 0x10FFFF:
        return chr(code)
    raise RefusedError(f"is a damaged workbook (its XML has {found[0]})")


def _character(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return found[0] if 0xD800 <= code <= 0xDFFF else chr(code)
