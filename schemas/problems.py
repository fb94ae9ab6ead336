"""Problems: what is wrong with a row, where, why, and how to put it right."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from schemas.fields import NOUNS

_OPPORTUNITY = re.compile("an opportunity|opportunities|opportunity")


class Rule(NamedTuple):
    """What a problem code means: `why` continues the value, `fix` is a whole sentence; both may hold {detail}."""

    why: str
    fix: str


RULES: dict[str, Rule] = {
    "ragged_row": Rule(
        "{detail}",
        "Put quotes around a cell that contains a comma; fill missing cells, or clear Problem to leave them blank.",
    ),
    "left_over": Rule(
        "is left over of a row that was split wrongly",
        "Put every cell of the row under its header, then clear this one.",
    ),
    "nul_character": Rule("holds a NUL character", "Delete the invisible character from the cell."),
    "error_cell": Rule(
        "is an error of the spreadsheet", "Correct the formula in the workbook, or write the value itself."
    ),
    "formula_without_result": Rule(
        "is a formula that was never calculated",
        "Open the workbook in a spreadsheet, which calculates it, and save it again.",
    ),
    "merged_cell": Rule(
        "is merged with the cell above ({detail})", "Unmerge the cells and write the value into each of the rows."
    ),
    "missing_name": Rule("is empty", "Write the name of the opportunity."),
    "missing_status": Rule("is empty", "Write the status of the opportunity."),
    "missing_account": Rule("is empty", "Write the name of the account the opportunity belongs to."),
    "too_long": Rule("has {detail} characters", "Shorten the text."),
    "not_a_number": Rule(
        "is not a number written like {detail}",
        "Write digits, and the decimals behind the same mark as in the rest of the column.",
    ),
    "too_precise": Rule("has more than {detail} decimals", "Round the number in the file; dealport never rounds it."),
    "too_large": Rule("has more than 14 digits before the decimal point", "Correct the number."),
    "other_currency_sign": Rule(
        "has the sign {detail}, but not the currency of the row",
        "Correct the amount or its currency; signs of enabled currencies are known.",
    ),
    "ambiguous_currency_sign": Rule(
        "has a sign that {detail} share, and the row says no currency",
        "Write the currency code into its column, or beside the amount.",
    ),
    "unknown_currency_sign": Rule(
        "has a sign that no enabled currency has ({detail}), and the row says no currency",
        "Correct the sign, or enable its currency in the settings.",
    ),
    "negative_amount": Rule(
        "is negative", "Write zero or more, or switch the rule negative_amount off in the settings."
    ),
    "probability_out_of_range": Rule("is not between 0 and 100", "Write the probability in percent, such as 40."),
    "not_a_date": Rule("is not a date written like {detail}", "Write an existing day in that form."),
    "not_a_moment": Rule(
        "is not a date and time written like 2026-12-31T17:30:00Z", "Write an existing moment in that form."
    ),
    "unknown_status": Rule("is not a known status", "{detail} More statuses can be set up in the settings."),
    "unknown_close_reason": Rule(
        "is not a known close reason", "{detail} More close reasons can be set up in the settings."
    ),
    "unknown_currency": Rule("is not an enabled currency", "{detail} More currencies can be enabled in the settings."),
    "unknown_word": Rule("is not a word that is known here", "{detail}"),
    "not_a_whole_number": Rule("is not a whole number", "Write digits only, such as 120."),
    "missing_contact_name": Rule("is empty, and so is the other part of the name", "Write a first or a last name."),
    "name_taken": Rule(
        "is the name of another stored {detail}",
        "Give the row the Id of that one, or write a name that tells the two apart.",
    ),
    "unknown_contact": Rule(
        "is no stored contact", "Import the contact first, or leave the name blank: a lead makes no contacts."
    ),
    "unknown_referrer": Rule(
        "is no account that is stored or stands in this file", "Correct the name, or add a row for that account."
    ),
    "unknown_owner": Rule("is not a known owner", "{detail} Owners are listed in the settings."),
    "duplicate_row": Rule(
        "names an opportunity that stands in this file more than once with different content ({detail})",
        "Keep the row that is right, or take the last one with --duplicates last.",
    ),
    "ambiguous_match": Rule(
        "matches {detail}",
        "Give the row the Id of the opportunity it means, or rename one of the stored ones.",
    ),
    "same_opportunity": Rule(
        "leads to the same stored opportunity as another row of this file ({detail})",
        "Keep one of the rows, or correct the Id or the name of the other.",
    ),
    "unknown_fingerprint": Rule(
        "is no fingerprint of this database",
        "Put it back as it was exported, or clear it: then the row is one like any other.",
    ),
    "stale_row": Rule(
        "is of an older version: {detail}",
        "Make the change in a new export, or clear Fingerprint to overwrite what is stored.",
    ),
    "copied_fingerprint": Rule(
        "stands in more than one row ({detail})",
        "Clear Fingerprint in the row that is a new opportunity, or leave all but one of the rows out.",
    ),
    "id_of_another": Rule(
        "is not the id of the opportunity that Fingerprint means: {detail}",
        "Put the id back as it was exported, or clear Fingerprint if the row means another opportunity.",
    ),
    "customer_of_other_account": Rule(
        "belongs to the account {detail}", "Write that account, or the name of a customer of this account."
    ),
    "uncertain_account": Rule(
        "is like the stored {detail}, but not certainly the same",
        "Decide once with `dealport accounts alias`; `dealport accounts matches` lists what is undecided.",
    ),
    "no_rate": Rule(
        "has no exchange rate to {detail}",
        "Import the rate with `dealport rates import`, or correct the currency.",
    ),
    "forbidden_transition": Rule(
        "cannot {detail}", "Take the deal through one of these first; workflows are set up in the settings."
    ),
    "missing_for_step": Rule("is needed for {detail}", "Fill it in; workflows are set up in the settings."),
    "locked_field": Rule(
        "is not allowed here: {detail}", "Leave it as the workflow has it; workflows are set up in the settings."
    ),
    "already_stored": Rule("is stored already", "Leave the row out, or import with --mode upsert."),
    "not_stored": Rule("is not stored yet", "Leave the row out, or import with --mode upsert."),
    "missing_header": Rule("is missing", "Put the header back, or record the file anew with `dealport schema --from`."),
    "renamed_header": Rule("was {detail}", "Name it as before, or record the file anew with `dealport schema --from`."),
    "changed_type": Rule(
        "holds {detail}", "Export the values as before, or record the file anew with `dealport schema --from`."
    ),
    "changed_form": Rule(
        "has {detail}", "Export the values as before, or record the file anew with `dealport schema --from`."
    ),
    "new_header": Rule("is a new header", "Record the file anew with `dealport schema --from` if it is to stay."),
    "new_word": Rule(
        "did not hold {detail} before", "Record the file anew with `dealport schema --from` if it is right."
    ),
}
"""Every problem code; docs/problems.md shows an example row and the fix of each."""

DRIFT = ("missing_header", "renamed_header", "changed_type", "changed_form", "new_header", "new_word")
"""The codes that tell how a file differs from what was recorded of an earlier one."""

OF_WORKFLOWS = ("forbidden_transition", "missing_for_step", "locked_field")
"""The codes of workflows; they warn where a workflow does."""

SWITCHABLE = ("missing_account", "negative_amount", "unknown_close_reason", "customer_of_other_account")
"""The codes that the settings may switch off."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong with one row; `header` and `value` are spelled as in the file, `column` counts from 1.

    A problem of the whole row, or of a header that the file lacks, has column 0. One of the file itself, such as a
    header that changed, has row 0. What `warns` is told, and fails nothing: its row is stored.
    """

    row: int
    header: str
    code: str
    value: str
    why: str
    fix: str
    field: str = ""
    column: int = 0
    warns: bool = False

    @property
    def where(self) -> str:
        """The row that has the problem, or the file itself, and whether it only warns."""
        place = f"row {self.row}" if self.row else "the file"
        return f"{place}, warning" if self.warns else place

    def __str__(self) -> str:
        """The problem without its row: 'Status Id': 'wonn' is not a known status. Did you mean 'won'?"""
        if not self.row:
            return f"'{self.header}' {self.why}. {self.fix}"
        place = f"'{self.header}': " if self.header else ""
        shown = self.value if len(self.value) <= 60 else self.value[:57] + "..."
        said = f"'{shown}' {self.why}" if self.header else self.why
        return f"{place}{said}. {self.fix}"


def problem(row: int, field: str, code: str, value: str = "", detail: str = "", entity: str = "opportunity") -> Problem:
    """The problem with a code's own words; `header` is still our field name until steps/locate.py names it."""
    return Problem(row, field, code, value, *_words(code, detail, entity), field)


def rule_of(code: str, entity: str) -> Rule:
    """What a code means of the rows of an entity: the words of RULES speak of opportunities."""
    why, fix = RULES[code]
    if entity == "opportunity":
        return Rule(why, fix)
    noun = NOUNS[entity]
    told = {"an opportunity": noun.an, "opportunities": noun.several, "opportunity": noun.one}
    return Rule(*(_OPPORTUNITY.sub(lambda found: told[found[0]], text) for text in (why, fix)))


@lru_cache(maxsize=4096)
def _words(code: str, detail: str, entity: str) -> tuple[str, str]:
    """Why and fix of a code; a hundred thousand problems of one kind share them."""
    rule = rule_of(code, entity)
    return rule.why.format(detail=detail), rule.fix.format(detail=detail)
