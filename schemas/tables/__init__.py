"""SQLModel tables, one file per aggregate. Importing this package registers every table."""

from importlib import import_module
from pkgutil import iter_modules


def load_all() -> None:
    """Imports every table module, so that the shared metadata is complete."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
