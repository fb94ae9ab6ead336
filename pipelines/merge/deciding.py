"""Which account a name means: decided earlier, the same but for spelling, perhaps a misspelt one, or a new one."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, false, func, select

from pipelines.steps.resemble import likeness, resembling
from schemas.names import NameKey, may_be_one, name_key
from schemas.settings import AccountMatching
from schemas.tables import account, account_alias

Keys = Mapping[str, NameKey]


class Candidate(NamedTuple):
    """An account that a name may mean, and how alike they are with their legal forms, from 0 to 100."""

    account: str
    likeness: int


def _candidates(key: NameKey, names: Iterable[str]) -> tuple[Candidate, ...]:
    """The likest first."""
    found = (Candidate(name, likeness(" ".join(key), " ".join(name_key(name)))) for name in names)
    return tuple(sorted(found, key=lambda candidate: (-candidate.likeness, candidate.account)))


class Decision(NamedTuple):
    """The name of the account that a name means, stored or new; None where it may be one of the candidates."""

    account: str | None
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True)
class Known:
    """The accounts that names can mean with their match keys, and the account of each alias."""

    accounts: Sequence[tuple[str, str]]
    aliases: Mapping[str, str]

    def of_words(self, wanted: set[str]) -> dict[str, list[str]]:
        """The accounts of each of the wanted match keys."""
        found: dict[str, list[str]] = {}
        for name, words in self.accounts:
            if words in wanted:
                found.setdefault(words, []).append(name)
        return found


def known_accounts(connection: Connection, *, besides: Sequence[ColumnElement[bool]] = ()) -> Known:
    """What is stored, besides some, and the accounts that aliases announce as new."""
    query_of_stored = select(account.c.name, account.c.match_key)
    for left_out in besides:
        query_of_stored = query_of_stored.where(~func.coalesce(left_out, false()))
    stored = [(row.name, row.match_key) for row in connection.execute(query_of_stored)]
    meant = func.coalesce(account.c.name, account_alias.c.name)
    query = select(account_alias.c.name, meant).select_from(account_alias.outerjoin(account))
    aliases = dict(connection.execute(query.order_by(account_alias.c.name)).tuples().all())
    there = {name for name, _ in stored} if aliases else set()
    new = [(name, name_key(name).words) for name, meant_ in aliases.items() if name == meant_ and name not in there]
    return Known([*stored, *new], aliases)


def decide(keys: Keys, known: Known, matching: AccountMatching) -> dict[str, Decision]:
    """What each of the names means that no account has; names left out are new accounts."""
    decided = _by_alias(keys, known)
    if matching == "exact":
        return decided
    for ask in (_by_key, _by_likeness) if matching == "fuzzy" else (_by_key,):
        if known.accounts:
            decided |= ask(_others(keys, decided), known)
    return decided | _by_first(_others(keys, decided))


def _others(keys: Keys, decided: Mapping[str, Decision]) -> Keys:
    return {name: key for name, key in keys.items() if name not in decided} if decided else keys


def _by_alias(keys: Keys, known: Known) -> dict[str, Decision]:
    if not known.aliases:
        return {}
    by_key: dict[NameKey, set[str]] = defaultdict(set)
    for name, meant in known.aliases.items():
        by_key[name_key(name)].add(meant)
    decided = {}
    for name, key in keys.items():
        meanings = {known.aliases[name]} if name in known.aliases else set(by_key.get(key, ()))
        if len(meanings) == 1:
            decided[name] = Decision(meanings.pop())
    return decided


def _by_key(keys: Keys, known: Known) -> dict[str, Decision]:
    stored = known.of_words({key.words for key in keys.values()})
    return {name: _of_one_key(key, stored[key.words]) for name, key in keys.items() if key.words in stored}


def _of_one_key(key: NameKey, stored: Sequence[str]) -> Decision:
    """The one account of these words, or the one that has the legal form too; several and other forms are uncertain."""
    same = [name for name in stored if name_key(name).form == key.form]
    if len(same) == 1:
        return Decision(same[0])
    if len(stored) == 1 and may_be_one(key, name_key(stored[0])):
        return Decision(stored[0])
    return Decision(None, _candidates(key, stored))


def _by_likeness(keys: Keys, known: Known) -> dict[str, Decision]:
    near = resembling((key.words for key in keys.values()), (words for _, words in known.accounts))
    stored = known.of_words({words for several in near.values() for words in several})
    return {
        name: Decision(None, _candidates(key, (account for words in near[key.words] for account in stored[words])))
        for name, key in keys.items()
        if key.words in near
    }


def _by_first(keys: Keys) -> dict[str, Decision]:
    """New names of the same words are one account, named as the first; unless their legal forms tell them apart."""
    named = Counter(key.words for key in keys.values())
    several = {name: key for name, key in keys.items() if named[key.words] > 1} if len(named) < len(keys) else {}
    forms: dict[str, set[str]] = defaultdict(set)
    for key in several.values():
        forms[key.words].add(key.form)
    first: dict[NameKey, str] = {}
    decided = {}
    for name, key in several.items():
        one = key if len(forms[key.words] - {""}) > 1 else NameKey(key.words, "")
        decided[name] = Decision(first.setdefault(one, name))
    return decided
