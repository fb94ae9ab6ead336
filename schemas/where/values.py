"""Values of conditions: each word read as the kind of its field demands, exactly or not at all."""

from datetime import date
from decimal import Decimal

from schemas.errors import did_you_mean
from schemas.fields import Field
from schemas.folding import folded_word
from schemas.settings import Settings
from schemas.where.condition import RelativeDay, Value
from schemas.where.place import ConditionError
from schemas.where.tokens import Token
from schemas.words import LEAD_STATUSES, lead_status_words

AMOUNT_DIGITS, AMOUNT_DECIMALS = 15, 4
PERCENT_DIGITS, PERCENT_DECIMALS = 3, 4
WHOLE_DIGITS = 9
DAYS = frozenset({"date", "moment"})
CHOICES = frozenset({"status", "currency", "choice"})
NUMBERS = {
    "amount": "an amount such as 1200.50",
    "percent": "a percentage such as 40 or 12.5%",
    "whole": "a whole number such as 250",
}


class Values:
    """Reads the words of a condition that stand for values."""

    def __init__(self, text: str, entity: str, settings: Settings) -> None:
        """Take the text for messages, and what tells statuses and currencies."""
        self.text, self.entity, self.settings = text, entity, settings

    def read(self, field: Field, token: Token, sign: str, days: int | None) -> Value:
        """The value of a word; of today with a number of days before or after it."""
        if field.kind in DAYS:
            return self._day(field, token, days)
        if field.kind in NUMBERS:
            return self._number(field, token, sign)
        if field.kind in CHOICES:
            return self._choice(field, token)
        return token.text

    def _fault(self, token: Token, why: str, fix: str) -> ConditionError:
        return ConditionError(self.text, token.place, why, fix)

    def _day(self, field: Field, token: Token, days: int | None) -> date | RelativeDay:
        if days is not None:
            return RelativeDay(days)
        try:
            return date.fromisoformat(token.text if token.kind in {"day", "text"} else "")
        except ValueError:
            why = f"{field.name} is compared with days, and '{token.text}' is none."
            raise self._fault(token, why, "Write a day such as 2026-11-30, today, or today - 30.") from None

    def _number(self, field: Field, token: Token, sign: str) -> Decimal | int:
        written = token.text.removesuffix("%")
        percent = field.kind == "percent"
        if token.kind != "number" or (written != token.text and not percent):
            why = f"{field.name} is compared with numbers, and '{sign}{token.text}' is not {NUMBERS[field.kind]}."
            raise self._fault(token, why, f"Write {NUMBERS[field.kind]}, without quotes.")
        whole, _, decimals = written.partition(".")
        most = {"amount": (AMOUNT_DIGITS, AMOUNT_DECIMALS), "percent": (PERCENT_DIGITS, PERCENT_DECIMALS)}
        digits, places = most.get(field.kind, (WHOLE_DIGITS, 0))
        if len(whole.lstrip("0")) > digits or len(decimals.rstrip("0")) > places:
            told = f"at most {digits} digits before the point and {places} after it" if places else f"{digits} digits"
            why = f"{sign}{written} is no value of {field.name}, which has {told}."
            raise self._fault(token, why, f"Write {NUMBERS[field.kind]}.")
        number = Decimal(sign + written)
        if not percent:
            return number if field.kind == "amount" else int(number)
        if 0 < abs(number) < 1 and written == token.text:
            hundredfold = f"{number * 100:f}".rstrip("0").rstrip(".")
            why = f"{sign}{written} can mean {sign}{written} percent or {hundredfold} percent."
            raise self._fault(token, why, f"Write {sign}{written}%, or {hundredfold}%.")
        return number / 100

    def _choice(self, field: Field, token: Token) -> str:
        known, suggested, kind = self._words_of(field)
        found = known.get(folded_word(token.text))
        if found is None:
            why = f"There is no {kind} '{token.text}'."
            raise self._fault(token, why, did_you_mean(token.text, suggested))
        return found

    def _words_of(self, field: Field) -> tuple[dict[str, str], list[str], str]:
        """What each folded word stands for, the words to suggest, and what they are called."""
        if field.kind == "currency":
            codes = self.settings.currencies
            return {code.casefold(): code for code in codes}, list(codes), "enabled currency"
        if field.kind == "choice":
            return dict(field.words), [word for word, _ in field.words], field.name
        if self.entity == "lead":
            return lead_status_words(), [*LEAD_STATUSES, *LEAD_STATUSES.values()], "status of leads"
        statuses = self.settings.statuses
        known = {folded_word(status.label): status.id for status in statuses} | {one.id: one.id for one in statuses}
        return known, [status.id for status in statuses] + [status.label for status in statuses], "status"
