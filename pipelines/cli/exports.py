"""The command that exports: its words, and what it says of the files that it wrote."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path
from textwrap import fill

from pipelines.cli import STORED, entities
from pipelines.cli.moments import when_asked
from schemas.features import is_on
from schemas.settings import Settings
from schemas.views import BUILT_IN, View

WHERE = "only rows that meet a condition, such as \"status in (negotiation, won) and owner = 'user07'\""
COLUMNS = 'fields or headers of the layout, in their order, such as name,owner,"Budget Amount"'
SORT = 'fields, each rising or falling: "close_date desc, name"; default: that of the view'
VIEW = "of opportunities, or one of the settings; default: all"
CURRENCY = "convert amounts, as reports do; default: every amount in its own currency"
EDITING = "add a column that tells rows which changed here before the file comes back; of opportunities"


def words(export: ArgumentParser, settings: Settings) -> None:
    """Add the options of an export, of what the settings leave on."""
    export.add_argument("path", metavar="PATH", help="file to write, .csv, .xlsx, .jsonl or .parquet")
    entities.add_choice(export, "what to write", settings)
    of_deals = is_on("opportunity", settings)
    own = [view.name for view in settings.views if is_on(view.entity, settings)]
    if of_deals or own:
        views = [*(BUILT_IN if of_deals else ["all"]), *own]
        export.add_argument("--view", choices=views, default="all", help=VIEW)
    where_word(export)
    export.add_argument("--columns", metavar="NAMES", help=COLUMNS)
    export.add_argument("--sort", metavar="FIELDS", help=SORT)
    export.add_argument("--limit", type=rows, metavar="N", help="only the first N rows")
    export.add_argument("--split-rows", type=rows, metavar="N", help="several files of N rows: PATH-1, PATH-2, …")
    if of_deals:
        export.add_argument("--currency", metavar="CODE", help=CURRENCY)
        export.add_argument("--for-editing", action="store_true", help=EDITING)
    else:
        export.set_defaults(currency=None, for_editing=False, **({} if own else {"view": "all"}))


def where_word(command: ArgumentParser) -> None:
    """Add the option that says which rows count."""
    command.add_argument("--where", metavar="CONDITION", help=WHERE)


def rows(text: str) -> int:
    """A number of rows, 1 or more."""
    if not text.isascii() or not text.isdigit() or not int(text[:12]):
        raise ArgumentTypeError(f"'{text}' is no number of rows: write 1 or more")
    return int(text[:12])


def export_view(words: Namespace) -> int:
    """dealport export."""
    from pipelines.cli import showing
    from pipelines.cli.given import settings_of, url_of
    from pipelines.cli.progress import progress_bar
    from pipelines.exporting import Wanted, export
    from pipelines.exports.wanted import split_names

    settings, when, target = settings_of(words), when_asked(words), Path(words.path)
    today, layout = when.today(words.today), layout_asked(words, settings)
    wanted = Wanted(
        layout,
        today,
        words.view,
        when,
        words.for_editing,
        words.where,
        split_names(words.columns) if words.columns is not None else (),
        words.sort,
        words.limit,
        words.split_rows,
        words.currency,
    )
    with progress_bar(target, "rows written") as on_rows:
        done = export(target, url_of(words), settings, wanted, on_rows)
    first, last = done.files[0], done.files[-1]
    files = str(first) if first == last else f"{first} to {last.name}"
    moment = f", as of {when.told(today)}" if when.moment else ""
    called = entities.called(layout)
    converted = f", in {words.currency}" if words.currency else ""
    showing.say(f"{files}: {done.rows} {called}, view {words.view}, layout {layout}{converted}{moment}")
    if done.left_out:
        showing.say(
            fill(f"not in this layout: {', '.join(done.left_out)}", 80, initial_indent="  ", subsequent_indent="    ")
        )
    return STORED


def layout_asked(words: Namespace, settings: Settings) -> str:
    """The layout that the words name, else that of the view, else OroCRM's of the rows that one of them names."""
    view = next((view for view in settings.views if view.name == words.view), View(""))
    if words.entity is None and words.layout is None and (view.layout or view.entity != "opportunity"):
        return view.written_as
    return entities.layout_asked(words)
