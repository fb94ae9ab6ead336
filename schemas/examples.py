"""An example row of each entity that every layout can write; words such as a status are those of the settings."""

from datetime import date
from decimal import Decimal
from typing import Any

_PERSON = {"first_name": "Jerry", "last_name": "Coleman"}
_CONTACT = {f"contact_{part}": name for part, name in _PERSON.items()}
_REACHED = {"emails": {"email": "jerry.coleman@example.com"}, "phones": {"phone": "+1 585 255 1127"}}
_ADDRESS = {
    "street": "1215 Caldwell Road",
    "postal_code": "14608",
    "city": "Rochester",
    "state_code": "US-NY",
    "country_code": "US",
}

EXAMPLES: dict[str, dict[str, Any]] = {
    "opportunity": {
        "name": "Warehouse scanners, second site",
        "account": "Harbor Logistics",
        **_CONTACT,
        "owner": "admin",
        "probability": Decimal("0.4"),
        "close_date": date(2026, 12, 31),
        "budget_amount": Decimal("22700"),
        "customer_need": "Scan while offline",
        "tags": "renewal, partner",
    },
    "lead": {
        "name": "Warehouse scanners, third site",
        **_PERSON,
        **_REACHED,
        "job_title": "Manager",
        "company_name": "Harbor Logistics",
        "employees": 100,
        "addresses": _ADDRESS,
        "owner": "admin",
        "account": "Harbor Logistics",
        "lead_source": "Website",
    },
    "account": {
        "name": "Harbor Logistics",
        "owner": "admin",
        **{f"default_{part}": name for part, name in _CONTACT.items()},
        "contacts": _PERSON,
        "tags": "partner",
    },
    "contact": {
        **_PERSON,
        **_REACHED,
        "gender": "male",
        "job_title": "Manager",
        "birthday": date(1973, 3, 7),
        "owner": "admin",
        "accounts": {"account": "Harbor Logistics"},
        "addresses": _ADDRESS | {"type_1": "billing"},
    },
    "customer": {
        "name": "Harbor Logistics Retail",
        "account": "Harbor Logistics",
        **_CONTACT,
        **{f"billing_{part}": value for part, value in _ADDRESS.items()},
        **_REACHED,
        "owner": "admin",
        "employees": 100,
    },
}
"""Of a collection the parts of its first block."""
