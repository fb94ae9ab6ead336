"""The fields of an opportunity in a file: names, kinds and limits."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Field:
    """One field; `kind` says how its cells are read, `longest` how many characters a text may have."""

    name: str
    kind: str
    about: str
    longest: int | None = None


FIELDS = (
    Field("source_id", "name", "the id that the source system gave the opportunity", 255),
    Field("name", "name", "what the opportunity is called", 255),
    Field("account", "name", "the company; found by name or created", 255),
    Field("customer", "name", "the business customer of the account; found by name or created", 255),
    Field("contact_first_name", "name", "first name of the contact", 100),
    Field("contact_last_name", "name", "last name of the contact", 100),
    Field("lead", "name", "the lead it came from", 255),
    Field("owner", "name", "user name of the owner; found or created", 255),
    Field("status", "status", "where it stands: id or label of a status"),
    Field("stage", "name", "where it stands, in the words of the source", 255),
    Field("close_reason", "close_reason", "why it was closed"),
    Field("probability", "percent", "chance to win, in percent from 0 to 100"),
    Field("close_date", "date", "the day it is expected to close, or closed"),
    Field("budget_amount", "amount", "expected value, in budget_currency"),
    Field("budget_currency", "currency", "ISO 4217 code of the budget amount"),
    Field("close_revenue", "amount", "value at closing, in close_revenue_currency"),
    Field("close_revenue_currency", "currency", "ISO 4217 code of the close revenue"),
    Field("customer_need", "text", "what the customer needs"),
    Field("proposed_solution", "text", "what is offered"),
    Field("notes", "text", "anything else"),
    Field("tags", "tags", "words separated by commas"),
    Field("closed_at", "moment", "when it was closed, in UTC"),
)

FIELD = {field.name: field for field in FIELDS}
AMOUNTS = {"budget_amount": "budget_currency", "close_revenue": "close_revenue_currency"}
"""Each amount field and the field that holds its currency."""
