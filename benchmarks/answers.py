"""Measured answers: every report and a full export of what is stored, beside hand-written SQL of the same question.

A report is taken as the installed command, with the second that it needs to start. Where there is SQL by hand, it asks
the tables for the same numbers in the shortest way; it is given the rates of the day, with which the amounts of open
deals are converted.
"""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from benchmarks.floor import RATES
from benchmarks.imports import CONFIG, DEALPORT, WrongRunError
from benchmarks.measured import Measured, measure
from pipelines.report_modules import report_names

_WORTH = "case when status in ('won', 'lost') then budget_amount_base else round(budget_amount * rate, 4) end"
_OPEN = "status not in ('won', 'lost')"
_RATED = "opportunity o left join rate on code = budget_currency"
BY_HAND = {
    "by-status": f"select status, count(*), sum({_WORTH}), sum(close_revenue_base) from {_RATED} group by status",
    "forecast": f"""select n.name, count(*), sum(round(budget_amount * rate, 4)),
        sum(round(budget_amount * rate, 4) * coalesce(probability, 0)) from {_RATED} join owner n on n.id = o.owner_id
        where {_OPEN} group by n.name order by n.name""",
    "won-by-period": """select date_trunc('month', close_date), count(*), sum(close_revenue_base) from opportunity
        where status = 'won' group by 1 order by 1""",
    "accounts": """select a.name, count(*) filter (where status = 'won'), count(*) filter (where status = 'lost'),
        count(*) from opportunity o join account a on a.id = o.account_id group by a.name order by a.name""",
    "by-month": f"""select date_trunc('month', close_date), status, count(*), sum(round(budget_amount * rate, 4)),
        sum(round(budget_amount * rate, 4) * coalesce(probability, 0)) from {_RATED} where {_OPEN} group by 1, 2""",
    "concentration": f"""select a.name, count(*), sum(round(budget_amount * rate, 4)) from {_RATED}
        join account a on a.id = o.account_id where {_OPEN} group by a.name order by 3 desc""",
    "win-rate": """select n.name, count(*) filter (where status = 'won'), count(*) from opportunity o
        join owner n on n.id = o.owner_id where status in ('won', 'lost') group by n.name""",
    "customer-history": f"""copy (select a.name, o.name, status, close_date, closed_at::date, {_WORTH},
        close_revenue_base from {_RATED} left join account a on a.id = o.account_id
        order by a.name nulls first, o.created_at, o.id) to stdout (format csv)""",
    "overdue": f"""copy (select o.id, o.name, n.name, a.name, status, close_date, current_date - close_date,
        round(budget_amount * rate, 4) as worth, round(round(budget_amount * rate, 4) * coalesce(probability, 0), 4)
        from {_RATED} left join account a on a.id = o.account_id left join owner n on n.id = o.owner_id
        where {_OPEN} and close_date < current_date order by close_date, worth desc nulls last, o.id)
        to stdout (format csv)""",
    "export": """copy (select o.*, a.name, n.name, c.first_name, c.last_name from opportunity o
        left join account a on a.id = o.account_id left join owner n on n.id = o.owner_id
        left join contact c on c.id = o.contact_id order by o.id) to stdout (format csv)""",
}
NEEDS_SINCE = ("waterfall",)
NEEDS_AS_OF = ("effective",)


def answers(url: str, folder: Path, early: str) -> Iterator[tuple[str, float | None, Measured]]:
    """What each report took, and the export, with the seconds of SQL by hand; `early` is a moment between two runs."""
    for name in [*report_names(), "export"]:
        words = [name, str(folder / "export.csv")] if name == "export" else ["report", name, "--format", "json"]
        words += ["--since", early] if name in NEEDS_SINCE else []
        words += ["--as-of", early] if name in NEEDS_AS_OF else []
        said, complained = folder / "said.json", folder / "complained.txt"
        by_hand = _by_hand(url, BY_HAND[name]) if name in BY_HAND else None
        command = [str(DEALPORT), *words, "--db", url, "--config", str(CONFIG)]
        took = measure(command, said, complained)
        if took.exit_code:
            raise WrongRunError(f"`dealport {' '.join(words)}` failed: {complained.read_text(encoding='utf-8')}")
        yield name, by_hand, took


def rates_of_today(folder: Path) -> Path:
    """A file with the rates of the measured imports as those of today: a comparison needs them."""
    header, *lines = RATES.read_text(encoding="utf-8").splitlines()
    today = datetime.now(UTC).date().isoformat()
    told = {line.split(",")[1]: ",".join([today, *line.split(",")[1:]]) for line in lines}
    target = folder / "rates_of_today.csv"
    target.write_text("\n".join([header, *told.values()]) + "\n", encoding="utf-8")
    return target


def moment_after(url: str, run: int, folder: Path) -> str:
    """The moment at which a run was recorded."""
    said = folder / "runs.json"
    measure([str(DEALPORT), "runs", "--json", "--db", url, "--config", str(CONFIG)], said, folder / "complained.txt")
    told = {one["id"]: one["recorded_at"] for one in json.loads(said.read_text(encoding="utf-8"))}
    return str(told[run]).replace(" ", "T")


def _by_hand(url: str, statement: str) -> float:
    """The seconds of a statement on PostgreSQL, warm and with its answer fetched."""
    with psycopg.connect(url.replace("+psycopg", "", 1)) as connection:
        connection.execute("create temporary table rate (code text primary key, rate numeric not null)")
        connection.execute("insert into rate values ('EUR', 1)")
        newest = "select distinct on (from_currency) from_currency, rate from exchange_rate where to_currency = 'EUR'"
        connection.execute(f"insert into rate {newest} order by from_currency, day desc".encode())
        begun = time.perf_counter()
        if statement.startswith("copy"):
            with connection.cursor() as cursor, cursor.copy(statement.encode()) as copy:
                sum(len(piece) for piece in copy)
        else:
            connection.execute(statement.encode()).fetchall()
        return time.perf_counter() - begun
