"""Features that the settings switch off: they are gone from commands, forms, layouts and reports, and refused."""

from pathlib import Path

from schemas.errors import RunError, UsageError
from schemas.fields import NOUNS
from schemas.layout_files import layout_names, load_layout
from schemas.settings import Settings, load_settings

FEATURE_OF = {"lead": "leads", "opportunity": "opportunities"}
"""The feature that an entity belongs to; the others are always there."""


def is_on(entity: str, settings: Settings) -> bool:
    """Whether an entity is there."""
    return FEATURE_OF.get(entity) not in settings.features_off


def require_on(entity: str, settings: Settings) -> None:
    """Refuse what is about an entity that is switched off."""
    if not is_on(entity, settings):
        feature = FEATURE_OF[entity]
        why = f"{feature.capitalize()} are switched off in the settings."
        raise UsageError(why, f"Switch them on with `{feature} = true` under [features].")


def entities_on(settings: Settings) -> list[str]:
    """The entities that are there."""
    return [entity for entity in NOUNS if is_on(entity, settings)]


def layouts_on(settings: Settings) -> list[str]:
    """The names of the layouts of what is there."""
    if not settings.features_off:
        return layout_names()
    return [name for name in layout_names() if is_on(load_layout(name).entity, settings)]


def settings_here(config: str | None = None) -> Settings:
    """The settings of a file or of the current folder, for what is offered; where they are broken a run tells it."""
    try:
        return load_settings(Path(config) if config else None)
    except RunError:
        return Settings()
