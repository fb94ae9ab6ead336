"""The fields of opportunities, leads, accounts, contacts and business customers in a file: names, kinds and limits."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Field:
    """One field; `kind` says how its cells are read, `longest` how many characters a text may have.

    A field of kind blocks holds the numbered columns of a collection, such as Emails 1 Email, each with its `parts`.
    `words` are those that a choice knows, with what each stands for. What is `computed` is written, never read.
    """

    name: str
    kind: str
    about: str
    longest: int | None = None
    words: tuple[tuple[str, str], ...] = ()
    parts: tuple[str, ...] = ()
    computed: bool = False


@dataclass(frozen=True, slots=True)
class Noun:
    """What rows of a kind are called, the fields that tell one from another without an id, those that layouts require.

    Where `all_of` holds, each of these identity fields has to be there, else any of them.
    """

    one: str
    several: str
    identity: tuple[str, ...]
    requirable: tuple[str, ...]
    all_of: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """What a row itself is called: its account is another row's name."""
        return tuple(name for name in self.identity if name != "account")

    @property
    def an(self) -> str:
        """The word with its article: an account, a lead."""
        return f"{'an' if self.one[0] in 'aeiou' else 'a'} {self.one}"


def _named(*fields: tuple[str, str]) -> tuple[Field, ...]:
    return tuple(Field(name, "name", about, 255) for name, about in fields)


ADDRESS_PARTS = (
    *("label", "organization", "name_prefix", "first_name", "middle_name", "last_name", "name_suffix", "street"),
    *("street_2", "postal_code", "city", "state", "state_code", "country_code"),
)
"""The parts of an address, in the order in which OroCRM writes them."""

_SOURCE_ID = "the id that the source system gave the {}"
_OWNER = Field("owner", "name", "user name of the owner; found or created", 255)
_TAGS = Field("tags", "tags", "words separated by commas")
_EMAILS = Field("emails", "blocks", "e-mail addresses, the first one is the main one", parts=("email",))
_PHONES = Field("phones", "blocks", "telephone numbers, the first one is the main one", parts=("phone",))

OPPORTUNITY = (
    Field("source_id", "name", _SOURCE_ID.format("opportunity"), 255),
    Field("name", "name", "what the opportunity is called", 255),
    Field("account", "name", "the company; found by name or created", 255),
    Field("customer", "name", "the business customer of the account; found by name or created", 255),
    Field("contact_first_name", "name", "first name of the contact", 100),
    Field("contact_last_name", "name", "last name of the contact", 100),
    Field("lead", "name", "the lead it came from", 255),
    _OWNER,
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
    _TAGS,
    Field("closed_at", "moment", "when it was closed, in UTC"),
)

LEAD = (
    Field("source_id", "name", _SOURCE_ID.format("lead"), 255),
    Field("name", "name", "what the lead is called", 255),
    *_named(
        ("name_prefix", "prefix of the name"),
        ("first_name", "first name of the person"),
        ("middle_name", "middle name of the person"),
        ("last_name", "last name of the person"),
        ("name_suffix", "suffix of the name"),
        ("job_title", "what the person does"),
    ),
    Field("status", "status", "where it stands: new, qualified or canceled"),
    Field("company_name", "name", "the company of the person", 255),
    Field("website", "name", "address of the company's pages", 255),
    Field("employees", "whole", "how many people the company employs"),
    Field("notes", "text", "anything else"),
    Field("industry", "name", "what the company does", 255),
    Field("contact_first_name", "name", "first name of a stored contact", 100),
    Field("contact_last_name", "name", "last name of a stored contact", 100),
    Field("addresses", "blocks", "addresses", parts=ADDRESS_PARTS),
    *_named(("twitter", "name on Twitter"), ("linkedin", "name on LinkedIn")),
    _OWNER,
    Field("opportunities", "blocks", "the opportunities that came of it", parts=("name",)),
    _EMAILS,
    _PHONES,
    Field("account", "name", "the company as an account; found by name or created", 255),
    Field("customer", "name", "the business customer of the account; found by name or created", 255),
    Field("lead_source", "name", "where it came from", 255),
    _TAGS,
)

ACCOUNT = (
    Field("source_id", "name", _SOURCE_ID.format("account"), 255),
    Field("name", "name", "what the account is called", 255),
    _OWNER,
    Field("default_contact_first_name", "name", "first name of the default contact; found or created", 100),
    Field("default_contact_last_name", "name", "last name of the default contact; found or created", 100),
    Field("contacts", "blocks", "its contacts", parts=("first_name", "last_name")),
    Field("description", "text", "anything else"),
    Field("referred_by", "name", "the account that it was referred by", 255),
    _TAGS,
)

_GENDERS = (("male", "male"), ("female", "female"), ("m", "male"), ("f", "female"))

CONTACT = (
    Field("source_id", "name", _SOURCE_ID.format("contact"), 255),
    Field("name_prefix", "name", "prefix of the name", 255),
    Field("first_name", "name", "first name", 100),
    Field("middle_name", "name", "middle name", 255),
    Field("last_name", "name", "last name", 100),
    Field("name_suffix", "name", "suffix of the name", 255),
    Field("gender", "choice", "male or female", words=_GENDERS),
    Field("description", "text", "anything else"),
    *_named(
        ("job_title", "what the person does"),
        ("fax", "fax number"),
        ("skype", "name on Skype"),
        ("twitter", "name on Twitter"),
        ("facebook", "name on Facebook"),
        ("google_plus", "name on Google+"),
        ("linkedin", "name on LinkedIn"),
    ),
    Field("birthday", "date", "day of birth"),
    *_named(("contact_source", "where the contact came from"), ("contact_method", "how to be contacted")),
    _OWNER,
    Field("assigned_to", "name", "user name of whom the contact is assigned to; found or created", 255),
    _EMAILS,
    _PHONES,
    Field("groups", "blocks", "groups of contacts", parts=("label",)),
    Field("default_of", "blocks", "the accounts whose default contact it is", parts=("account",)),
    Field("accounts", "blocks", "its accounts", parts=("account",)),
    Field("addresses", "blocks", "addresses", parts=(*ADDRESS_PARTS, "type_1", "type_2")),
    *_named(("picture_uri", "address of a picture"), ("picture_uuid", "id of a picture")),
    _TAGS,
)


def _address(kind: str) -> tuple[Field, ...]:
    told = ((part, f"{part.replace('_', ' ')} of the {kind} address") for part in ADDRESS_PARTS)
    return tuple(Field(f"{kind}_{part}", "name", about, 255) for part, about in told)


SHIPPING, BILLING = _address("shipping"), _address("billing")
CUSTOMER = (
    Field("source_id", "name", _SOURCE_ID.format("business customer"), 255),
    Field("channel", "name", "the channel it belongs to", 255),
    Field("name", "name", "what the business customer is called", 255),
    Field("lifetime_value", "amount", "sum of what it bought, in the base currency", computed=True),
    *SHIPPING,
    *BILLING,
    Field("account", "name", "its account; found by name or created", 255),
    Field("contact_first_name", "name", "first name of the contact; found or created", 100),
    Field("contact_last_name", "name", "last name of the contact; found or created", 100),
    _OWNER,
    _PHONES,
    _EMAILS,
    Field("employees", "whole", "how many people it employs"),
    *_named(
        ("ownership", "who owns it"),
        ("rating", "how it is rated"),
        ("ticker_symbol", "its sign at the stock exchange"),
        ("website", "address of its pages"),
    ),
    _TAGS,
)

NOUNS = {
    "opportunity": Noun("opportunity", "opportunities", ("account", "name"), ("name", "status", "account")),
    "lead": Noun("lead", "leads", ("name",), ("name", "status")),
    "account": Noun("account", "accounts", ("name",), ("name",)),
    "contact": Noun("contact", "contacts", ("first_name", "last_name"), (), all_of=False),
    "customer": Noun("business customer", "business customers", ("name",), ("name",)),
}
"""What each entity is called and told by; these names are those of the key `entity` of a layout."""

FIELDS_OF = {
    entity: {field.name: field for field in fields}
    for entity, fields in {
        "opportunity": OPPORTUNITY,
        "lead": LEAD,
        "account": ACCOUNT,
        "contact": CONTACT,
        "customer": CUSTOMER,
    }.items()
}
"""The fields of each entity by name."""

_BESIDES = (
    Field("created_at", "moment", "when it was first stored, in UTC"),
    Field("changed_at", "moment", "since when it is stored as it is, in UTC"),
    Field("source", "name", "the system whose id it has"),
)
_MISSING = Field("missing_since", "moment", "since when its source's files lack it, in UTC")
STORED_OF = {
    entity: fields | {field.name: field for field in (*_BESIDES, *([_MISSING] if entity == "opportunity" else []))}
    for entity, fields in FIELDS_OF.items()
}
"""What is known of a stored row of each entity: the fields of files, and what no file tells."""

KIND_OF = {field.name: field.kind for fields in STORED_OF.values() for field in fields.values()}
"""The kind of each field: those of one name are of one kind, whatever they belong to."""


def kind_of(field: str) -> str:
    """The kind of a field, or that of a column which holds none and only tells how an opportunity ended."""
    return KIND_OF.get(field, "outcome")


FIELD = FIELDS_OF["opportunity"]
AMOUNTS = {"budget_amount": "budget_currency", "close_revenue": "close_revenue_currency"}
"""Each amount field and the field that holds its currency."""
