"""The encoding of a text file, found from its bytes, or a question with the evidence.

What is valid UTF-8 is UTF-8. Else the words decide between the encodings that are looked for (spelling.py).
Windows-1252 stands for Latin-1, which has nothing else; ISO-8859-15 is taken only where Windows-1252 makes no words.
What words leave open is asked. A detector of all encodings gives advice only: in the few accented words of a table it
takes German or French for Cyrillic.
"""

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from connectors.packed import Source
from connectors.texts.spelling import beats, fault, typical
from schemas.errors import RunError, UnreadableFileError, UsageError

HEAD_BYTES = 1024 * 1024
MOST_WORDS, MOST_LETTERS = 1000, 40
MOST_FAULTS = 0.1
SHOWN_WORDS = 3
DETECTOR_BYTES = 32 * 1024
AS_UTF8 = "'CSV UTF-8 (comma delimited)'"
SAVE_AGAIN = f"Save it again as {AS_UTF8}, or name its encoding with --encoding."
WIDE = ("utf_7", "utf_16", "utf_16_le", "utf_16_be", "utf_32", "utf_32_le", "utf_32_be")
CANDIDATES = ("windows-1252", "windows-1250", "windows-1251", "iso-8859-15")
OF_OLD_SYSTEMS = ("cp850", "mac-roman")
MARKS = {
    "utf-8": codecs.BOM_UTF8,
    "utf-32-le": codecs.BOM_UTF32_LE,  # before UTF-16, whose mark it begins with
    "utf-32-be": codecs.BOM_UTF32_BE,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
}
ASCII = bytes(range(128))
HIGH_BYTES = bytes([*range(7), 0x1E, 0x1F, 0x20, 0x21])  # of Latin, Greek, Cyrillic and the signs between them
LEAST_NULS, TOLD_BYTES = 0.1, 4096
NO_WORD = b"\xa0"  # a space in all of them; other bytes beyond ASCII, letters or signs, belong to words
_APART = bytes(byte if bytes([byte]).isalpha() or (byte > 127 and byte not in NO_WORD) else 32 for byte in range(256))
_UTF8_CHARACTER = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")


@dataclass(frozen=True, slots=True)
class Encoding:
    """How bytes become text: a codec, after a mark of some bytes; the words it was told from, where others read too."""

    name: str
    marked: int = 0
    words: frozenset[bytes] = frozenset()

    def decoder(self) -> codecs.IncrementalDecoder:
        """A strict decoder of bytes that come piece by piece."""
        return codecs.getincrementaldecoder(self.name)()


def find_encoding(source: Source, named: str | None) -> Encoding:
    """The named encoding of a file, else the one found from its bytes."""
    with source.open() as file:
        head = file.read(HEAD_BYTES)
        if named is not None:
            return _named(source, named, head)
        for name, mark in MARKS.items():
            if head.startswith(mark):
                return Encoding(name, len(mark))
        if unmarked := _unmarked_utf16(head):
            return Encoding(unmarked)
        start = 0
        while head.isascii():
            start += len(head)
            if not (head := file.read(HEAD_BYTES)):
                return Encoding("utf-8")
        if start:
            head += file.read(HEAD_BYTES)  # the first byte of interest may be its last
    return _of_bytes(source, head, start)


def _named(source: Source, name: str, head: bytes) -> Encoding:
    try:
        codec = codecs.lookup(name).name
        " ".encode(codec)  # what is no encoding of text is refused by Python
        codecs.getincrementaldecoder(codec)()
    except (LookupError, ValueError, TypeError) as error:
        fix = "Name one such as utf-8, utf-16, windows-1252, windows-1250, windows-1251 or iso-8859-15."
        raise UsageError(f"There is no encoding '{name}'.", fix) from error
    codec = next((known for known in CANDIDATES if codecs.lookup(known).name == codec), codec)
    codec = re.sub(r"^cp(?=125\d$)", "windows-", codec).replace("iso8859", "iso-8859")
    if codec in {"utf-16", "utf-32"}:
        codec += "-be" if head.startswith(MARKS[f"{codec}-be"]) else "-le"
    codec = codec.removesuffix("-sig")
    mark = MARKS.get(codec, b"")
    if mark and head.startswith(mark):
        return Encoding(codec, len(mark))
    if other := next((known for known, mark in MARKS.items() if head.startswith(mark)), None):
        why = f"{source.path}: begins with the mark of {other}, and is not read as {name}."
        raise UsageError(why, "Leave the encoding out, or name that of the mark.")
    return Encoding(codec)


def _unmarked_utf16(head: bytes) -> str | None:
    """UTF-16 without a mark, told by the zeros in every other byte of delimiters, digits and line ends."""
    for name, low, high in (("utf-16-le", 0, 1), ("utf-16-be", 1, 0)):
        highs, lows = head[high:TOLD_BYTES:2], head[low:TOLD_BYTES:2]
        usual = 2 * len(highs.translate(None, HIGH_BYTES)) < len(highs) and not {10, 13}.intersection(highs)
        if usual and highs.count(0) > max(LEAST_NULS * len(highs), 9 * lows.count(0)):
            return name
    return None


def _of_bytes(source: Source, sample: bytes, start: int) -> Encoding:
    """The encoding of a file from a sample with bytes beyond ASCII; all before its start is ASCII."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError as error:
        place = f"byte {start + error.start + 1:,}{after(sample[: error.start].decode(errors='ignore'))}"
        words = words_in(sample)
        seen = b" ".join(words)
        if len(_UTF8_CHARACTER.findall(seen)) >= len(_UTF8_CHARACTER.sub(b"", seen).translate(None, ASCII)):
            raise UnreadableFileError(source.path, f"is not UTF-8 text ({place})", SAVE_AGAIN) from error
        return decide(source, words, sample, place)
    return Encoding("utf-8")


def after(text: str) -> str:
    """What stands before a place in a file, as it is told."""
    return f", after {text[-20:]!r}" if text else ""


def words_in(sample: bytes) -> frozenset[bytes]:
    """Different words of a sample with bytes beyond ASCII, the first ones."""
    words = dict.fromkeys(word[:MOST_LETTERS] for word in sample.translate(_APART).split() if not word.isascii())
    return frozenset(islice((word for word in words if not word.isascii()), MOST_WORDS))


def decide(source: Source, words: frozenset[bytes], sample: bytes, place: str) -> Encoding:
    """The encoding that makes words of bytes which are not UTF-8; `place` tells where they begin."""
    found = [name for name in CANDIDATES if _makes_words(name, words)]
    if {"windows-1252", "iso-8859-15"} <= set(found):
        found.remove("windows-1252" if beats("iso-8859-15", "windows-1252", words) else "iso-8859-15")
    unbeaten = [name for name in found if not any(beats(rival, name, words) for rival in found)]
    best = [name for name in unbeaten if all(_same(name, rival, words) or beats(name, rival, words) for rival in found)]
    if best and _is_told(best[0], words):
        return Encoding(best[0], words=words)
    if len(unbeaten) > 1 and not best:
        raise _undecided(source, unbeaten, words)
    why = f"is not UTF-8 text ({place}), nor does it make words in another encoding that is looked for"
    raise UnreadableFileError(source.path, why, _advice(words, sample))


def _advice(words: frozenset[bytes], sample: bytes) -> str:
    """What a detector of many encodings takes for possible, shown by a word: too often wrong to be followed unasked."""
    from charset_normalizer import from_bytes

    lines = b"\n".join(line for line in sample.splitlines() if not line.isascii())[:DETECTOR_BYTES]
    longest = max(sorted(words), key=len)
    possible = [match.encoding for match in from_bytes(lines, cp_exclusion=[*WIDE, *CANDIDATES], enable_fallback=False)]
    readings: dict[str, str] = {}
    for name in (*(name for name in OF_OLD_SYSTEMS if _makes_words(name, words)), *possible):
        readings.setdefault(longest.decode(name, "ignore"), name)
    shown = [f"{name} ('{word}')" for word, name in readings.items() if word.isprintable()][:SHOWN_WORDS]
    if not shown:
        return SAVE_AGAIN
    return f"Name its encoding with --encoding, perhaps {' or '.join(shown)}. Else save it as {AS_UTF8}."


def _makes_words(name: str, words: frozenset[bytes]) -> bool:
    """Whether hardly any word is spelled as nobody does."""
    try:
        return sum(fault(word.decode(name), name) for word in words) <= len(words) * MOST_FAULTS
    except UnicodeDecodeError:
        return False


def _is_told(name: str, words: frozenset[bytes]) -> bool:
    """Whether more speaks for an encoding than that there is no other; Windows-1252 is too common to need it."""
    return name == "windows-1252" or any(typical(word.decode(name), name) for word in words)


def _same(one: str, other: str, words: Iterable[bytes]) -> bool:
    return one == other or all(word.decode(one) == word.decode(other) for word in words)


def _undecided(source: Source, names: list[str], words: frozenset[bytes]) -> RunError:
    readings = [dict.fromkeys(word.decode(name) for name in names) for word in sorted(words)]
    shown = [" or ".join(f"'{reading}'" for reading in several) for several in readings if len(several) > 1]
    why = f"is not UTF-8 text, and its words are possible in {' or '.join(names)}: {', '.join(shown[:SHOWN_WORDS])}"
    fix = f"Say which it is: {' or '.join(f'--encoding {name}' for name in names)}."
    return UnreadableFileError(source.path, why, fix)
