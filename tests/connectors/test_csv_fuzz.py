"""Damaged text files: whatever the bytes, they are a table or a sentence, in a bounded time."""

import gzip
import io
import os
import random
import time
import zipfile
from pathlib import Path

import pytest

from connectors.files import read_table
from schemas.errors import RunError
from schemas.raw import ReadAs
from tests.raw import knows

SECONDS_IN_THE_SUITE = 4.0
SECONDS_WHEN_SLOW = float(os.environ.get("DEALPORT_FUZZ_SECONDS", "60"))
LONGEST_SECONDS = 5.0
TABLE = (
    'Pipeline "Q4"{e}Name{d}Stage{d}Amount{e}"Ärger{d} ""GmbH"""{d}Öffnung{d}1.50{e}{e}'
    '"Zwei{e}Zeilen"{d}won{d}{e}kurz{e}Genève{d}lost{d}1{d}2{e}'
)
TOKENS = [
    b'"', b'""', b",", b";", b"\t", b"|", b"\r", b"\n", b"\r\n", b"\0", b"\xff", b"\xfe\xff", b"\xff\xfe",
    b"\xef\xbb\xbf", b"\x81", b"\xc3", b"\xe9", b"\xa4", b"\xd0\xb0", b"\xed\xa0\x80", b"\xd8\x00", b"sep=;\n",
    b"Name", b"Stage", b"PK\x03\x04", b"\x1f\x8b", b"'", b"\\", b"\x1a", b"\x85", b"\xe2\x80\xa8",
]  # fmt: skip
NAMED = [
    ReadAs(), ReadAs(), ReadAs(), ReadAs(encoding="windows-1252"), ReadAs(encoding="utf-16"), ReadAs(delimiter="tab"),
    ReadAs(header_row=2), ReadAs(encoding="shift-jis", delimiter=";"), ReadAs(encoding="utf-7"),
]  # fmt: skip


def seeds() -> list[tuple[str, bytes]]:
    """A table in several dialects and encodings, packed and not; long ones, too."""
    found = []
    for delimiter, line_end in ((",", "\n"), (";", "\r\n"), ("\t", "\r"), ("|", "\n")):
        text = TABLE.format(d=delimiter, e=line_end)
        found += [("a.csv", text.encode(name)) for name in ("utf-8", "utf-8-sig", "utf-16", "cp1252", "utf-16-be")]
    found.append(("a.txt", "Имя;Этап\nООО Ромашка;Выиграна\n".encode("cp1251")))
    found.append(("a.tsv", ("a\tb\n" + "1\t2\n" * 40_000).encode()))
    whole = TABLE.format(d=";", e="\r\n").encode("cp1252")
    found.append(("a.csv.gz", gzip.compress(whole)))
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a.csv", whole)
    found.append(("a.zip", archive.getvalue()))
    return found


def mutated(chance: random.Random, content: bytes) -> bytes:
    """The bytes after some accidents: a byte changed, a token put in, a piece lost, doubled or moved."""
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        place, length = chance.randrange(len(changed) + 1), chance.choice((1, 1, 2, 7, 40))
        piece = changed[place : place + length]
        match chance.randrange(5):
            case 0:
                changed[place : place + 1] = bytes([chance.randrange(256)])
            case 1:
                changed[place:place] = chance.choice(TOKENS) * chance.choice((1, 1, 1, 3))
            case 2:
                del changed[place : place + length]
            case 3:
                changed[place:place] = piece * chance.choice((1, 1, 2, 500))
            case _:
                del changed[place : place + length]
                other = chance.randrange(len(changed) + 1)
                changed[other:other] = piece
    return bytes(changed)


def rows_or_sentence(path: Path, how: ReadAs) -> bool:
    """Whether a file was read to its end; anything but rows or a RunError goes through."""
    try:
        table = read_table(path, how, knows("Name", "Stage", "Amount"))
        for batch in table.batches:
            assert len(batch.row) == len(batch.cells)
            assert batch.cells.num_columns == len(table.headers)
            batch.cells.validate(full=True)
    except RunError:
        return False
    return True


def fuzz(folder: Path, seconds: float, seed: int) -> tuple[int, int]:
    """How many damaged files were tried, and how many of them were read."""
    chance, files = random.Random(seed), seeds()
    tried = read = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        name, content = chance.choice(files)
        damaged = mutated(chance, content)
        path = folder / name
        path.write_bytes(damaged)
        how, start = chance.choice(NAMED), time.monotonic()
        try:
            read += rows_or_sentence(path, how)
        except BaseException as escape:
            kept = folder / f"escape-{tried}-{name}"
            kept.write_bytes(damaged)
            raise AssertionError(f"seed {seed}, file {tried}, {how}: kept as {kept}") from escape
        assert time.monotonic() - start < LONGEST_SECONDS, (seed, tried, how)
        tried += 1
    return tried, read


def test_damaged_text_is_a_table_or_a_sentence(tmp_path: Path) -> None:
    tried, read = fuzz(tmp_path, SECONDS_IN_THE_SUITE, seed=20261125)
    assert 0 < read < tried


@pytest.mark.slow
def test_damaged_text_is_a_table_or_a_sentence_for_a_long_time(tmp_path: Path) -> None:
    tried, read = fuzz(tmp_path, SECONDS_WHEN_SLOW, seed=time.time_ns())
    print(f"{tried:,} damaged files, {read:,} of them read, no escape")  # noqa: T201 -- the figure asked for
    assert 0 < read < tried
