"""What a file must look like, told: as a page for people, as JSON for programs."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from textwrap import fill
from typing import Any

from pipelines.describing import Column, Description
from schemas.look import FileLook, HeaderLook

WIDTH = 80


def as_json(told: Description) -> str:
    """The description as a JSON object: columns in the order of the layout, each with its words and problems."""
    columns = [
        {
            **{part: value for part, value in asdict(column).items() if part != "rules"},
            "example": None if column.example is None else told.shown(column),
            "problems": [
                {part: value for part, value in asdict(rule).items() if part != "where"} for rule in column.rules
            ],
        }
        for column in told.columns
    ]
    page = {
        "layout": told.layout.name,
        "title": told.layout.title,
        "base_currency": told.base_currency,
        "currencies": told.currencies,
        "columns": columns,
        "problems_of_rows": [asdict(rule) for rule in told.rules],
    }
    return json.dumps(page, ensure_ascii=False, indent=2)


def as_markdown(told: Description) -> str:
    """The description as a page that fits 80 columns."""
    words = list(_words(told))
    return "\n\n".join(
        [
            f"# A file in layout {told.layout.name}",
            fill(_beginning(told), WIDTH),
            "## Headers",
            _listed(_about(column, told) for column in told.columns),
            *(["## Words", *words] if words else []),
            "## What is refused",
            fill(
                "A row with a problem is not stored: it comes back with what to fix. Under which headers a problem "
                "can come, why, and what to do:",
                WIDTH,
            ),
            _listed(_problems(told)),
        ]
    )


def look_as_markdown(look: FileLook) -> str:
    """What was recorded of a file, as a page that fits 80 columns."""
    rows = f"{look.rows:,} row{'' if look.rows == 1 else 's'}, read by layout {look.layout}."
    return "\n\n".join([f"# {look.file}", rows, _listed(map(_seen, look.headers))])


def _seen(look: HeaderLook) -> str:
    """One header of a recorded file: what it holds, how much of it is blank, and its words."""
    field = f" ({look.field})" if look.field else ""
    form = f" ({look.form})" if look.form else ""
    words = f"; {_ticked(look.words)}" if look.words else ""
    return f"`{look.header}`{field}: {look.kind}{form}, {look.blank * 100:.4g} % blank{words}"


def _beginning(told: Description) -> str:
    several = len(told.currencies) > 1 and any(column.kind == "currency" for column in told.columns)
    amounts = f" An amount without a currency is in {told.base_currency}." if several else ""
    return (
        f"{told.layout.title}. A CSV file in UTF-8 or a workbook (.xlsx): one row of headers, then one row for each "
        f"{told.layout.noun.one}. Headers stand in any order; capitals and surplus space make no difference. What is "
        f"not required may be blank, or its column left out.{amounts}"
    )


def _about(column: Column, told: Description) -> str:
    required = ", **required**" if column.required else ""
    form = column.written if column.written in {"text", "a word listed"} else f"written {column.written}"
    if column.words:
        form = "a word listed below" if column.only else "a word listed below, or another"
    elif column.written == column.about:
        form = "text"
    elif column.longest:
        form += f" of at most {column.longest} characters"
    also = f" Also spelled {_ticked(column.also)}." if column.also else ""
    example = "" if column.example is None else f" Example: `{told.shown(column)}`."
    return f"`{column.header}`{required}: {column.about}; {form}.{also}{example}"


def _words(told: Description) -> Iterator[str]:
    """The words of each column that has some, columns with the same words together."""
    with_words: dict[tuple[Any, ...], list[Column]] = {}
    for column in told.columns:
        if column.words:
            with_words.setdefault(column.words, []).append(column)
    for words, columns in with_words.items():
        headers = _ticked(column.header for column in columns)
        plain = all(word.means in {"", word.word} for word in words)
        listed = _ticked(word.word for word in words)
        yield fill(f"{headers}: {listed}." if plain else f"{headers}:", WIDTH, break_on_hyphens=False)
        if not plain:
            yield _listed(f"`{word.word}`: {word.means or 'as the stage says'}" for word in words)


def _problems(told: Description) -> Iterator[str]:
    of_cells = dict.fromkeys(rule for column in told.columns for rule in column.rules)
    for rule in (*of_cells, *told.rules):
        headers = [column.header for column in told.columns if rule in column.rules]
        where = _ticked(headers) or rule.where
        under = f" ({where})" if where else ""
        off = "" if rule.on else " Switched off in the settings."
        yield f"`{rule.code}`{under}: {rule.why}. {rule.fix}{off}"


def _ticked(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _listed(lines: Iterable[str]) -> str:
    return "\n".join(
        fill(line, WIDTH, initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False, break_long_words=False)
        for line in lines
    )
