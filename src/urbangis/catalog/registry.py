"""Find and read catalogue entries: the package's own, extended by the user's folders."""

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from urbangis.catalog.specs import Circle, Entry, Mode, Policy, Rule, Spec, Standard, Style
from urbangis.errors import CatalogueError

E = TypeVar("E", bound=Entry)

_KINDS = ("standards", "modes", "styles", "targets", "circles", "rules")
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Catalogue:
    """All entries by id. Loading never changes a catalogue; it makes a new one."""

    standards: Mapping[str, Standard]
    modes: Mapping[str, Mode]
    styles: Mapping[str, Style]
    policies: Mapping[str, Policy]
    rules: Mapping[str, Rule]
    circles: Mapping[str, Circle]

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

    def policy(self, name: str) -> Policy:
        """Return the policy document ``name``; raises `CatalogueError` if there is none."""
        return _find(self.policies, name, "policy document")

    def circle(self, name: str) -> Circle:
        """Return the life circle ``name``; raises `CatalogueError` if there is none."""
        return _find(self.circles, name, "life circle")

    def entries(self, name: str | None = None) -> list[tuple[str, Entry]]:
        """Return every entry with its kind, or those of one id.

        Raises
        ------
        CatalogueError
            If no entry has that id; the message names the nearest ids.
        """
        kinds: Mapping[str, Mapping[str, Entry]] = {
            "standard": self.standards,
            "mode": self.modes,
            "circle": self.circles,
            "rule": self.rules,
            "policy": self.policies,
            "style": self.styles,
        }
        entries = [(kind, one) for kind, found in kinds.items() for one in found.values()]
        if name is not None:
            _find({one.id: one for _, one in entries}, name, "entry")
        return [(kind, one) for kind, one in entries if name in (None, one.id)]


def load_catalogue(folders: Iterable[Path] = ()) -> Catalogue:
    """Read the built-in catalogue and the user's folders.

    Parameters
    ----------
    folders
        Folders shaped like the built-in one: ``standards/``, ``modes/``, ``styles/``, ``targets/``,
        ``circles/``, ``rules/`` with one TOML file per entry (of ``targets/``, per policy
        document). An entry with the id of an earlier one replaces it.

    Raises
    ------
    CatalogueError
        If a folder is missing or holds none of these, two entries of one folder share an id, or an
        entry is malformed; names the file and the key.
    """
    chain = (_HERE, *folders)
    for folder in chain:
        if not any((folder / kind).is_dir() for kind in _KINDS):
            problem = "holds no catalogue" if folder.is_dir() else "there is no such folder"
            raise CatalogueError(
                problem,
                file=folder,
                remedy='Correct "catalogue" in the study file: a folder with '
                f"{', '.join(_KINDS)} inside.",
            )
    return Catalogue(
        standards=_merge([folder / "standards" for folder in chain], Standard),
        modes=_merge([folder / "modes" for folder in chain], Mode),
        styles=_merge([folder / "styles" for folder in chain], Style),
        policies=_merge([folder / "targets" for folder in chain], Policy),
        rules=_merge([folder / "rules" for folder in chain], Rule),
        circles=_merge([folder / "circles" for folder in chain], Circle),
    )


def read_entry(path: Path, model: type[E]) -> E:
    """Read one TOML file as ``model``.

    Raises
    ------
    CatalogueError
        If the file is not TOML or does not fit; names the key.
    """
    try:
        return model.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise CatalogueError(
            explain(error, model), file=path, remedy="See `urbangis catalog` for entries that fit."
        ) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CatalogueError(
            f"cannot be read: {error}", file=path, remedy="Write it as TOML in UTF-8."
        ) from error


def explain(error: ValidationError, model: type[Spec]) -> str:
    """Tell one fault of a validation error as a clause; a misspelt key before all others."""
    fault = min(error.errors(), key=lambda fault: fault["type"] != "extra_forbidden")
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


def _merge(folders: Iterable[Path], model: type[E]) -> dict[str, E]:
    """Read the entries of each folder; one of a later folder replaces one of an earlier."""
    merged: dict[str, E] = {}
    for folder in folders:
        files: dict[str, Path] = {}
        for path in sorted(folder.glob("*.toml")):
            entry = read_entry(path, model)
            if entry.id in files:
                raise CatalogueError(
                    f'repeats the id "{entry.id}" of {files[entry.id].name}',
                    file=path,
                    remedy="Give each entry of a folder its own id.",
                )
            files[entry.id] = path
            merged[entry.id] = entry
    return merged


def _find(entries: Mapping[str, E], name: str, kind: str) -> E:
    if name in entries:
        return entries[name]
    near = difflib.get_close_matches(name, entries, 3) or sorted(entries)[:5]
    raise CatalogueError(
        f"there is no {kind} {name!r} in the catalogue",
        remedy=f"Nearest: {', '.join(near)}. `urbangis catalog` lists all.",
    )
