"""Entities: the kinds of rows that are kept, each with its table, what tells one from another and what it refers to."""

from dataclasses import dataclass
from functools import reduce

from sqlalchemy import ColumnElement, FromClause, String, Table, cast, func

from schemas.fields import AMOUNTS, FIELDS_OF, NOUNS, Noun
from schemas.tables import account, contact, customer, lead, opportunity, owner

_BY_RULES = frozenset({"probability", "closed_at", *AMOUNTS, *AMOUNTS.values()})
"""What an opportunity does not simply take from its row."""


@dataclass(frozen=True)
class Link:
    """What a row refers to by name: the table, and the field of the row for each part of the name.

    `found` is the table under a name of its own where the row joins it more than once. An unknown name is created,
    unless what it means has to be there already.
    """

    table: Table
    parts: dict[str, str]
    found: FromClause
    creates: bool = True


@dataclass(frozen=True)
class Entity:
    """A kind of rows: `plain` fields are stored as they are said, `links` by the column that holds the id.

    Of what is `unique` two rows never share a name. `account` is the field that names an account, if any does.
    """

    name: str
    noun: Noun
    table: Table
    links: dict[str, Link]
    plain: tuple[str, ...]
    unique: bool = True
    account: str = "account"

    @property
    def named_parts(self) -> tuple[str, ...]:
        """The parts of a name that are stored as '' where a row leaves them blank: a contact may have but one."""
        return self.noun.identity if not self.noun.all_of else ()


def _link(table: Table, *fields: str, creates: bool = True, found: FromClause | None = None) -> Link:
    parts = ("first_name", "last_name") if table is contact else ("name",)
    return Link(table, dict(zip(fields, parts, strict=True)), table if found is None else found, creates)


_ACCOUNT = {"account_id": _link(account, "account")}
_CUSTOMER = {"customer_id": _link(customer, "customer")}
_CONTACT = {"contact_id": _link(contact, "contact_first_name", "contact_last_name")}
_OWNER = {"owner_id": _link(owner, "owner")}
_STORED_CONTACT = {"contact_id": _link(contact, "contact_first_name", "contact_last_name", creates=False)}
_DEFAULT_CONTACT = {
    "default_contact_id": _link(contact, "default_contact_first_name", "default_contact_last_name"),
}
_ASSIGNED_TO = {"assigned_to_id": _link(owner, "assigned_to", found=owner.alias("assigned_to"))}


def _entity(table: Table, links: dict[str, Link], *, unique: bool = True, account: str = "account") -> Entity:
    named = {field for link in links.values() for field in link.parts}
    fields = FIELDS_OF[table.name].values()
    plain = (field.name for field in fields if not field.computed and field.name not in named | _BY_RULES)
    return Entity(table.name, NOUNS[table.name], table, links, tuple(plain), unique, account)


ENTITIES = {
    entity.name: entity
    for entity in (
        _entity(opportunity, _ACCOUNT | _CUSTOMER | _CONTACT | _OWNER, unique=False),
        _entity(lead, _ACCOUNT | _CUSTOMER | _STORED_CONTACT | _OWNER, unique=False),
        _entity(account, _DEFAULT_CONTACT | _OWNER, account="name"),
        _entity(contact, _OWNER | _ASSIGNED_TO, account=""),
        _entity(customer, _ACCOUNT | _CONTACT | _OWNER),
    )
}
"""Every entity by its name, which is that of its table."""


def name_of(table: FromClause) -> ColumnElement[str]:
    """What people call a row of a table: its name, else first and last name, else its key."""
    if "name" in table.c:
        return table.c.name
    parts = [table.c[part] for part in ("first_name", "last_name") if part in table.c] or list(table.primary_key)
    texts: list[ColumnElement[str]] = [cast(part, String) for part in parts if part.name != "replaced_by_run_id"]
    return func.trim(reduce(lambda text, part: text + " " + part, texts))
