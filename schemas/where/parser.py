"""Reads a condition: comparisons of fields, joined by and, or, not and parentheses.

condition   = all { "or" all }
all         = one { "and" one }
one         = "not" one | "(" condition ")" | field test
test        = ( "=" | "!=" | "<" | "<=" | ">" | ">=" ) value
            | [ "not" ] "in" "(" value { "," value } ")"
            | [ "not" ] ( "contains" | "starts" "with" ) value
            | [ "not" ] "between" value "and" value
            | "is" [ "not" ] "empty"
value       = word | "'" text "'" | number | day | "today" [ ( "+" | "-" ) days ]
"""

from typing import Any

from schemas.errors import did_you_mean
from schemas.fields import NOUNS, STORED_OF, Field
from schemas.settings import Settings
from schemas.where.condition import AllOf, AnyOf, Comparison, Condition, Not, Sign, Tree, Value
from schemas.where.place import ConditionError
from schemas.where.tokens import RESERVED, Token, tokens
from schemas.where.values import CHOICES, DAYS, NUMBERS, Values

DEEPEST, MOST_TESTS, LONGEST_PART, MOST_DAYS = 40, 200, 255, 6
_ORDER: dict[str, Sign] = {"<": "<", "<=": "<=", ">": ">", ">=": ">="}
_AFTER_FIELD = "=, !=, <, <=, >, >=, in, contains, starts with, between, is empty"


def read_condition(text: str, entity: str, settings: Settings) -> Condition:
    """The condition that a text tells of the rows of an entity; a ConditionError shows the place that it fails at."""
    return Condition(text, entity, _Parser(text, entity, settings).whole())


class _Parser:
    def __init__(self, text: str, entity: str, settings: Settings) -> None:
        self.text, self.entity = text, entity
        self.tokens, self.at, self.depth, self.tests = tokens(text), 0, 0, 0
        self.values = Values(text, entity, settings)

    @property
    def next(self) -> Token:
        return self.tokens[self.at]

    def taken(self, *words: str) -> bool:
        """Whether the next word is one of these, which is read then."""
        if not self.next.says(*words):
            return False
        self.at += 1
        return True

    def fault(self, why: str, fix: str, token: Token | None = None) -> ConditionError:
        return ConditionError(self.text, (token or self.next).place, why, fix)

    def expected(self, what: str, fix: str) -> ConditionError:
        seen = f"'{self.next.text}' stands" if self.next.kind != "end" else "the condition ends"
        return self.fault(f"Here {seen} where {what} is expected.", fix)

    def whole(self) -> Tree:
        tree = self.condition()
        if self.next.kind != "end":
            fix = "Join comparisons with and or or; text of several words is quoted."
            if self.next.says(",") and self.tokens[self.at - 1].kind == "number":
                fix = "Write numbers without a comma between their digits."
            raise self.expected("and, or, or the end", fix)
        return tree

    def condition(self) -> Tree:
        return self.joined("or", self.all, AnyOf)

    def all(self) -> Tree:
        return self.joined("and", self.one, AllOf)

    def joined(self, word: str, part: Any, joins: type[AllOf] | type[AnyOf]) -> Tree:
        parts: list[Tree] = [part()]
        while self.taken(word):
            parts.append(part())
        return parts[0] if len(parts) == 1 else joins(tuple(parts))

    def one(self) -> Tree:
        start = self.next
        if not self.next.says("not", "("):
            return self.comparison()
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.fault(f"More than {DEEPEST} parentheses and nots lie within each other.", "Write it flatter.")
        if self.taken("not"):
            tree: Tree = Not(self.one())
        else:
            self.at += 1
            tree = self.condition()
            if not self.taken(")"):
                if self.next.kind == "end":
                    raise self.fault("This parenthesis is never closed.", "Add ) where it ends.", start)
                raise self.expected("and, or, or )", "Join comparisons with and or or, and close the parenthesis.")
        self.depth -= 1
        return tree

    def comparison(self) -> Tree:
        self.tests += 1
        if self.tests > MOST_TESTS:
            raise self.fault(f"There are more than {MOST_TESTS} comparisons.", "Write fewer, or use in (…).")
        field = self.field()
        if self.taken("is"):
            negated = self.taken("not")
            if not self.taken("empty"):
                raise self.expected("empty", "Write: is empty, or: is not empty.")
            return _negated(Comparison(field, "empty"), negated)
        sign = self.next
        if self.taken("=", "!="):
            return _negated(self.among(field, "=", [self.value(field, may_be_empty=True)], sign), sign.text == "!=")
        if self.taken(*_ORDER):
            self.require_order(field, sign)
            return Comparison(field, _ORDER[sign.text], (self.value(field),))
        negated = self.taken("not")
        return _negated(self.worded(field), negated)

    def field(self) -> Field:
        known = STORED_OF[self.entity]
        token = self.next
        if token.kind != "word" or token.says(*RESERVED):
            raise self.expected("a field", f"Begin a comparison with a field, such as {', '.join(list(known)[1:4])}.")
        found = known.get(token.text.casefold())
        if found is None:
            why = f"There is no field '{token.text}' of {NOUNS[self.entity].several}."
            raise self.fault(why, did_you_mean(token.text, known))
        self.at += 1
        return found

    def worded(self, field: Field) -> Tree:
        """What is compared by words: in, contains, starts with, between."""
        sign = self.next
        if self.taken("in"):
            return self.among(field, "in", self.listed(field), sign)
        if self.taken("between"):
            self.require_order(field, sign)
            first = self.value(field)
            if not self.taken("and"):
                raise self.expected("and", "Write: between 10 and 20.")
            return Comparison(field, "between", (first, self.value(field)))
        if self.taken("contains"):
            self.require_text(field, sign, "contains")
            return Comparison(field, "contains", (self.part(field),))
        if self.taken("starts"):
            if not self.taken("with"):
                raise self.expected("with", "Write: starts with 'Acme'.")
            self.require_text(field, sign, "starts with")
            return Comparison(field, "starts with", (self.part(field),))
        raise self.expected("a comparison", f"After a field write one of {_AFTER_FIELD}.")

    def among(self, field: Field, sign: Sign, values: list[Value | None], token: Token) -> Tree:
        """Whether a field is one of the values, of which None stands for empty."""
        if field.parts:
            why = f"{field.name} holds several {field.about.partition(',')[0]}."
            raise self.fault(why, f"Write: {field.name} contains …, or: {field.name} is empty.", token)
        told = tuple(value for value in values if value is not None)
        tests: list[Tree] = [Comparison(field, sign, told)] if told else []
        tests += [Comparison(field, "empty")] if len(told) < len(values) else []
        return tests[0] if len(tests) == 1 else AnyOf(tuple(tests))

    def listed(self, field: Field) -> list[Value | None]:
        if not self.taken("("):
            raise self.expected("(", "Write the values in parentheses: in (negotiation, won).")
        values = [self.value(field, may_be_empty=True)]
        while self.taken(","):
            values.append(self.value(field, may_be_empty=True))
        if not self.taken(")"):
            raise self.expected(", or )", "Separate values by commas, and close the parenthesis.")
        return values

    def value(self, field: Field, *, may_be_empty: bool = False) -> Any:
        """A value of a field, None for a text that is empty."""
        if may_be_empty and self.next.kind == "text" and not self.next.text:
            self.at += 1
            return None
        sign = ""
        if self.next.says("+", "-") and field.kind in NUMBERS:
            sign = self.next.text.removeprefix("+")
            self.at += 1
        token = self.next
        if token.kind in {"sign", "end"} or (token.kind == "word" and token.says(*RESERVED)):
            raise self.expected("a value", "Write a word, a number, a day, or a text in single quotes.")
        self.at += 1
        days = self.days_from_today() if field.kind in DAYS and token.says("today") else None
        return self.values.read(field, token, sign, days)

    def days_from_today(self) -> int:
        sign = self.next
        if not self.taken("+", "-"):
            return 0
        token = self.next
        if token.kind != "number" or not token.text.isdigit() or len(token.text) > MOST_DAYS:
            raise self.expected("a number of days", "Write a whole number, as in today - 30.")
        self.at += 1
        return int(sign.text + token.text)

    def part(self, field: Field) -> str:
        """A text to look for in others."""
        token = self.next
        text = str(self.value(field))
        if not text:
            raise self.fault("Every text contains an empty one.", f"Write: {field.name} is not empty.", token)
        if len(text) > LONGEST_PART:
            raise self.fault(f"This text has {len(text)} characters.", f"Look for at most {LONGEST_PART}.", token)
        if field.parts and not any(map(str.isalnum, text)):
            raise self.fault("There is no letter and no digit to look for.", "Name some.", token)
        return text

    def require_order(self, field: Field, sign: Token) -> None:
        if field.kind in CHOICES or field.parts:
            why = f"{field.name} has no order in which one is less than another."
            raise self.fault(why, f"Use =, != or in (…){' or contains' if field.parts else ''}.", sign)

    def require_text(self, field: Field, sign: Token, word: str) -> None:
        if field.kind in CHOICES | DAYS | set(NUMBERS) or (field.parts and word != "contains"):
            why = f"{field.name} is no text that {word} something."
            fix = "contains" if field.parts else "=, != or in (…)" if field.kind in CHOICES else "=, <, > or between"
            raise self.fault(why, f"Use {fix}.", sign)


def _negated(tree: Tree, negated: bool) -> Tree:
    return Not(tree) if negated else tree
