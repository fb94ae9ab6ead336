"""The fields of the forms: what they offer to choose from, and what they name once they are filled in."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import WithJsonSchema

from pipelines import report_modules, reporting
from schemas.features import layouts_on, settings_here
from schemas.settings import Settings, load_settings
from schemas.views import BUILT_IN


def _choice(kind: str, names: Iterable[str]) -> WithJsonSchema:
    """A drop-down in Prefect's form; what is not among the names is refused when a run is asked for."""
    return WithJsonSchema({"type": "string", "title": kind, "enum": list(names)})


Dates = Literal["dmy", "mdy", "ymd"] | None
Decimals = Literal[".", ","] | None
Probabilities = Literal["percent", "fraction"] | None
HERE = settings_here()
"""The settings of the folder in which the flows are served: what they switch off is in no drop-down."""
KnownLayout = Annotated[str, _choice("Known layout", layouts_on(HERE))]
LayoutFile = Annotated[str, WithJsonSchema({"type": "string", "title": "Layout file", "pattern": r"\.toml$"})]
View = Annotated[str, _choice("View", [*BUILT_IN, *(view.name for view in HERE.views)])]
Dimension = Annotated[str, _choice("Dimension", report_modules.groups(HERE))]
Report = Annotated[str, _choice("Report", [*report_modules.report_names(HERE), *report_modules.bundle_names(HERE)])]
ReportFormat = Annotated[str, _choice("Report format", reporting.format_names())]


def path_of(text: str | None) -> Path | None:
    """The path in a field that may be left blank."""
    return Path(text) if text else None


def settings_of(config: str | None) -> Settings:
    """The settings in a file, or those of dealport.toml in the working folder."""
    return load_settings(path_of(config))
