"""The words of a column and what they stand for: statuses and stages, currencies by code, sign and name."""

from schemas.currencies import SIGNS
from schemas.folding import folded_word
from schemas.layout import Layout
from schemas.settings import Settings

LEAD_STATUSES = {"new": "New", "qualified": "Qualified", "canceled": "Disqualified"}
"""The statuses of a lead with their labels; the first one is the usual."""


def lead_status_words() -> dict[str, str]:
    """The status of a lead that each folded word stands for."""
    own = {folded_word(label): status for status, label in LEAD_STATUSES.items()}
    return own | {word: status for status in LEAD_STATUSES for word in (status, f"lead_status.{status}")}


def status_words(layout: Layout, settings: Settings) -> tuple[dict[str, str], list[str]]:
    """The status that each folded word stands for, and the words to suggest.

    The settings' own ids and labels hold first, then the layout's stages. A stage whose status is not among those of
    the settings is unknown, unless it is won or lost: then it stands for the first status of that kind.
    """
    own = {folded_word(status.label): status.id for status in settings.statuses}
    own |= {status.id: status.id for status in settings.statuses}
    own |= {f"opportunity_status.{status.id}": status.id for status in settings.statuses}
    stages = {word: own_status(status, settings) for word, status in layout.stages.items()}
    known = {word: status for word, status in stages.items() if status} | own
    suggested = [*layout.stages] or [s.id for s in settings.statuses] + [s.label for s in settings.statuses]
    return known, suggested


def own_status(status: str, settings: Settings) -> str | None:
    """The settings' status for that of a layout; None where they have none for it."""
    if status in settings.ids("open", "won", "lost"):
        return status
    return settings.ids(status)[0] if status in {"won", "lost"} else None


def currency_words(layout: Layout, settings: Settings) -> dict[str, str]:
    """The enabled currency that each folded word stands for; '' is the base currency, said by no word of its own.

    A sign such as € is known where one enabled currency alone has it.
    """
    signs = {
        sign.casefold(): codes[0] for sign in SIGNS if len(codes := signed_currencies(sign, settings.currencies)) == 1
    }
    words = {word: code for word, code in layout.currencies.items() if code in {"", *settings.currencies}}
    return signs | {code.casefold(): code for code in settings.currencies} | words


def signed_currencies(sign: str, enabled: tuple[str, ...]) -> list[str]:
    """The enabled currencies for which a sign or a code beside an amount can stand."""
    codes = SIGNS.get(sign.casefold(), frozenset({sign.upper().strip(".")}))
    return [code for code in enabled if code in codes]
