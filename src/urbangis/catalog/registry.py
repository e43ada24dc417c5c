"""Find and read catalogue entries: the package's own, extended by the user's folders."""

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from urbangis.catalog.specs import Mode, Spec, Standard, Style
from urbangis.errors import CatalogueError

S = TypeVar("S", bound=Spec)

_KINDS: dict[str, type[Spec]] = {"standards": Standard, "modes": Mode, "styles": Style}
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Catalogue:
    """All entries by id. Loading never changes a catalogue; it makes a new one."""

    standards: Mapping[str, Standard]
    modes: Mapping[str, Mode]
    styles: Mapping[str, Style]

    def standard(self, name: str) -> Standard:
        """Return the standard ``name``.

        Raises
        ------
        CatalogueError
            If there is none; the message names the nearest ids.
        """
        return _find(self.standards, name, "standard")

    def mode(self, name: str) -> Mode:
        """Return the travel mode ``name``; raises `CatalogueError` if there is none."""
        return _find(self.modes, name, "mode")

    def style(self, name: str) -> Style:
        """Return the map style ``name``; raises `CatalogueError` if there is none."""
        return _find(self.styles, name, "style")


def load_catalogue(folders: Iterable[Path] = ()) -> Catalogue:
    """Read the built-in catalogue and the user's folders.

    Parameters
    ----------
    folders
        Folders shaped like the built-in one: ``standards/``, ``modes/``, ``styles/`` with one
        TOML file per entry. An entry with the id of an earlier one replaces it.

    Raises
    ------
    CatalogueError
        If a folder is missing or an entry is malformed; names the file and the key.
    """
    found: dict[str, dict[str, Spec]] = {kind: {} for kind in _KINDS}
    for folder in (_HERE, *folders):
        if not folder.is_dir():
            raise CatalogueError(
                "there is no such folder",
                file=folder,
                remedy='Correct "catalogue" in the study file.',
            )
        for kind, model in _KINDS.items():
            for path in sorted((folder / kind).glob("*.toml")):
                entry = read_entry(path, model)
                found[kind][entry.id] = entry  # type: ignore[attr-defined]
    return Catalogue(**found)  # type: ignore[arg-type]


def read_entry(path: Path, model: type[S]) -> S:
    """Read one TOML file as ``model``.

    Raises
    ------
    CatalogueError
        If the file is not TOML or does not fit; names the key.
    """
    try:
        return model.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CatalogueError(
            f"cannot be read: {error}", file=path, remedy="Write it as TOML in UTF-8."
        ) from error
    except ValidationError as error:
        raise CatalogueError(
            explain(error, model), file=path, remedy="See `urbangis catalog` for entries that fit."
        ) from error


def explain(error: ValidationError, model: type[Spec]) -> str:
    """Tell the first fault of a validation error as a clause, with the nearest key if misspelt."""
    fault = error.errors()[0]
    key = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(fault["loc"][-1]), _keys(model, fault["loc"][:-1]), 1)
        return f'there is no key "{key}"' + (f', perhaps "{near[0]}" is meant' if near else "")
    if fault["type"] == "missing":
        return f'the key "{key}" is missing'
    return f"{key or 'the entry'}: {fault['msg'].removeprefix('Value error, ')}"


def _keys(model: type[Spec], path: tuple[int | str, ...]) -> list[str]:
    """Return the keys allowed at ``path``, found through the models' own annotations."""
    kind: object = model
    for part in path:
        if isinstance(kind, type) and issubclass(kind, Spec) and part in kind.model_fields:
            kind = _spec_in(kind.model_fields[str(part)].annotation)
    return list(kind.model_fields) if isinstance(kind, type) and issubclass(kind, Spec) else []


def _spec_in(annotation: object) -> object:
    """Return the spec inside an annotation such as ``dict[str, Layer]`` or ``Source | None``."""
    if isinstance(annotation, type) and issubclass(annotation, Spec):
        return annotation
    inner = [_spec_in(part) for part in getattr(annotation, "__args__", ())]
    return next((part for part in inner if part is not None), None)


def _find(entries: Mapping[str, S], name: str, kind: str) -> S:
    if name in entries:
        return entries[name]
    near = difflib.get_close_matches(name, entries, 3) or sorted(entries)[:5]
    raise CatalogueError(
        f"there is no {kind} {name!r} in the catalogue",
        remedy=f"Nearest: {', '.join(near)}. `urbangis catalog` lists all.",
    )
