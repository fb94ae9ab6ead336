"""Raw cells to our fields and values, by a mapping; blank is null, and what cannot be read is a problem."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.blocks import Place, as_text
from schemas.errors import did_you_mean
from schemas.fields import AMOUNTS
from schemas.folding import folded_word
from schemas.mapping import Mapping
from schemas.problems import Problem, problem
from schemas.raw import RawBatch
from schemas.reading import Readers
from schemas.settings import Settings
from schemas.values import Faulty
from schemas.words import own_status, signed_currencies, status_words

GUARDS = ("'", "\N{ZERO WIDTH JOINER}")
Columns = dict[str, pa.Array]
Told = tuple[str, pa.Array, Faulty]
"""The field that a fault is about, the texts of its column, and the fault."""


def parse(raw: RawBatch, readers: Readers) -> tuple[pa.Table, list[Problem]]:
    """The rows of a batch: `row` and one typed column a field (n rows); and the cells that cannot be read."""
    mapping = readers.mapping
    columns: Columns = {"row": raw.row}
    told: list[Told] = []
    signed: dict[str, tuple[pa.Array, pa.Array]] = {}
    written: Columns = {}
    for field, position in mapping.positions.items():
        texts = _cell_texts(raw, position, mapping)
        values, faults, signs = readers.of[field](texts)
        columns[field] = values
        if field in AMOUNTS.values():
            written[field] = _written(texts, faults)
        told += [(field, texts, fault) for fault in (*faults, *_nul_characters(texts))]
        if signs is not None:
            signed[field] = texts, signs
    if mapping.blocks:
        in_blocks, faults_of_blocks = _blocks(raw, mapping)
        columns |= in_blocks
        told += faults_of_blocks
    if "status" in mapping.fields() and "status" not in columns:
        columns["status"], faults_of_status = derived_status(raw, mapping, readers.settings)
        told += faults_of_status
    for field, (texts, signs) in signed.items():
        told += [(field, texts, fault) for fault in _sign_faults(field, signs, columns, written, readers)]
    for amount in readers.ways.signed:
        columns.setdefault(AMOUNTS[amount], pa.nulls(len(raw.row), pa.string()))
    rows = np.asarray(raw.row)
    problems = [*_faults_of_cells(raw, mapping), *(p for one in told for p in _problems(rows, *one))]
    return pa.table(columns), problems


def _blocks(raw: RawBatch, mapping: Mapping) -> tuple[Columns, list[Told]]:
    """The text of each collection, from its numbered columns."""
    told: list[Told] = []
    columns: dict[str, list[tuple[Place, list[str]]]] = {}
    for place, position in mapping.blocks.items():
        texts = _cell_texts(raw, position, mapping)
        told += [(str(place), texts, fault) for fault in _nul_characters(texts)]
        columns.setdefault(place.field, []).append((place, pc.utf8_trim_whitespace(texts).to_pylist()))
    fields = mapping.layout.fields
    return {name: _texts_of(several, fields[name].parts, len(raw.row)) for name, several in columns.items()}, told


def _texts_of(columns: list[tuple[Place, list[str]]], parts: tuple[str, ...], rows: int) -> pa.Array:
    numbers = sorted({place.number for place, _ in columns})
    texts = []
    for row in range(rows):
        blocks: dict[int, dict[str, str]] = {number: {} for number in numbers}
        for place, cells in columns:
            blocks[place.number][place.part] = cells[row]
        texts.append(as_text(blocks.values(), parts))
    return pa.array(texts, pa.string())


def _cell_texts(raw: RawBatch, position: int, mapping: Mapping) -> pa.Array:
    """The cells of a column without guards, and blank where the layout says that a text means nothing."""
    texts = unguarded(raw.cells.column(position))
    if not mapping.layout.nulls:
        return texts
    return pc.if_else(pc.is_in(texts, pa.array(mapping.layout.nulls)), "", texts)


def unguarded(texts: pa.Array) -> pa.Array:
    """Texts without what guards a formula-like cell: an apostrophe (see steps/render.py), or Twenty's joiner."""
    # by far most columns have neither, and a regular expression would cost ten times as much to say so
    if not any(pc.any(pc.starts_with(texts, guard)).as_py() for guard in GUARDS):
        return texts
    return pc.replace_substring_regex(texts, rf"^[{''.join(GUARDS)}]('*[=+\-@\t\r])", r"\1")


def derived_status(raw: RawBatch, mapping: Mapping, settings: Settings) -> tuple[pa.Array, list[Told]]:
    """The status of each row by the outcome rules of the layout, one after another, then by its stage."""
    layout = mapping.layout
    status = pa.nulls(len(raw.row), pa.string())
    told: list[Told] = []
    for number, (rule, position) in enumerate(zip(layout.outcomes, mapping.outcomes, strict=True)):
        if position is None:
            continue
        known = {word: _outcome(value, mapping, settings) for word, value in rule.values.items()}
        texts = _cell_texts(raw, position, mapping)
        found, unknown = _looked_up(texts, known)
        if unknown:
            suggestion = did_you_mean(unknown[0][0], rule.values)
            told += [(f"outcome:{number}", texts, Faulty(where, "unknown_status", suggestion)) for _, where in unknown]
        status = pc.coalesce(status, pc.if_else(pc.equal(found, ""), None, found))
    if "stage" in mapping.positions:
        words, suggested = status_words(layout, settings)
        texts = _cell_texts(raw, mapping.positions["stage"], mapping)
        found, unknown = _looked_up(pc.if_else(pc.is_null(status), texts, ""), dict(words))
        status = pc.coalesce(status, found)
        way = " A layout of your own can say under [stages] what it means." if layout.stages else ""
        for text, where in unknown:
            told.append(("stage", texts, Faulty(where, "unknown_status", did_you_mean(text, suggested) + way)))
    return status, told


def _outcome(value: str, mapping: Mapping, settings: Settings) -> str | None:
    """The status that an outcome stands for; '' where the next rule or the stage tells, as of an open deal's."""
    if value == "open":
        return "" if "stage" in mapping.positions else settings.ids("open")[0]
    return own_status(value, settings) if value else ""


def _looked_up(texts: pa.Array, known: dict[str, str | None]) -> tuple[pa.Array, list[tuple[str, np.ndarray]]]:
    """The word for each text, null where blank or unknown; and each unknown text with its places."""
    encoded = texts.dictionary_encode()
    words = encoded.dictionary.to_pylist()
    values = [known.get(folded_word(word)) for word in words]
    unknown = [number for number, word in enumerate(words) if word.strip() and values[number] is None]
    indices = np.asarray(encoded.indices)
    places = [(words[number], np.flatnonzero(indices == number)) for number in unknown]
    return pa.array(values, pa.string()).take(encoded.indices), places


def _written(texts: pa.Array, faults: list[Faulty]) -> pa.Array:
    """Which cells of a currency column are not blank; null where nobody knows what they say."""
    filled = np.asarray(pc.greater(pc.utf8_length(pc.utf8_trim_whitespace(texts)), 0))
    unread = np.zeros(len(texts), bool)
    for fault in faults:
        unread[fault.indices] = True
    return pa.array(filled, mask=unread)


def _sign_faults(
    amount: str, signs: pa.Array, columns: Columns, written: Columns, readers: Readers
) -> Iterator[Faulty]:
    """What is wrong with the signs beside amounts; where the row says no currency, the sign says it."""
    code, settings = AMOUNTS[amount], readers.settings
    if readers.mapping.layout.signs == "ignored":
        return
    encoded = signs.dictionary_encode()
    indices = np.asarray(pc.fill_null(encoded.indices, -1))
    said = columns.get(code, pa.nulls(len(signs), pa.string()))
    filled = written.get(code, pa.array(np.zeros(len(signs), bool)))
    # the words that stand for the base currency are read as none of their own
    meant = pc.if_else(filled, pc.coalesce(said, pa.scalar(settings.base_currency)), said)
    for number, sign in enumerate(encoded.dictionary.to_pylist()):
        here = indices == number
        codes = signed_currencies(sign, settings.currencies)
        unsaid = here & np.asarray(pc.fill_null(pc.and_(pc.is_null(meant), pc.invert(filled)), False))
        if len(codes) == 1:
            said = pc.if_else(pa.array(unsaid), codes[0], said)
            readers.by_signs[amount][sign, codes[0]] += int(unsaid.sum())
        elif unsaid.any():
            known = ("ambiguous_currency_sign", " and ".join(codes)), ("unknown_currency_sign", sign)
            yield Faulty(np.flatnonzero(unsaid), *known[not codes])
        other = pc.and_(pc.is_valid(meant), pc.invert(pc.is_in(meant, pa.array(codes, pa.string()))))
        wrong = here & np.asarray(other)
        if wrong.any():
            yield Faulty(np.flatnonzero(wrong), "other_currency_sign", sign)
    if code in columns or amount in readers.ways.signed:
        columns[code] = said


def _faults_of_cells(raw: RawBatch, mapping: Mapping) -> Iterator[Problem]:
    """What the file itself shows to be wrong with cells that are imported; rows left out are none of the batch."""
    if raw.faults:
        fields = {position: field for field, position in mapping.positions.items()}
        fields |= {position: str(place) for place, position in mapping.blocks.items()}
        rows = set(raw.row.to_pylist())
        for fault in raw.faults:
            if fault.position in fields and fault.row in rows:
                yield problem(fault.row, fields[fault.position], fault.code, "", fault.detail)


def _nul_characters(texts: pa.Array) -> list[Faulty]:
    characters = texts.buffers()[2]
    if characters is None or b"\0" not in memoryview(characters).tobytes():
        return []
    return [Faulty(np.flatnonzero(pc.match_substring(texts, "\0")), "nul_character")]


def _problems(rows: np.ndarray, field: str, texts: pa.Array, fault: Faulty) -> list[Problem]:
    values = texts.take(pa.array(fault.indices)).to_pylist()
    told = zip(rows[fault.indices].tolist(), values, strict=True)
    return [problem(row, field, fault.code, value, fault.detail) for row, value in told]
