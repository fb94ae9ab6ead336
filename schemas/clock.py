"""The clock: one for everything unless another is given, and moments as text."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The moment, in UTC."""
    return datetime.now(UTC)


def written(moment: datetime) -> str:
    """A moment as text: 2026-12-31T17:30:00.5Z, in UTC."""
    whole, _, fraction = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f").partition(".")
    return f"{whole}{'.' + fraction.rstrip('0') if fraction.strip('0') else ''}Z"
