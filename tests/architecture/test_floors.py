"""One direction: a module imports lower floors only, and stays small enough to hold in mind."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "src" / "urbangis"

FLOORS = {
    "errors": 0,
    "notices": 0,
    "units": 0,
    "catalog": 1,
    "crs": 1,
    "decay": 1,
    "tables": 2,
    "scenario": 3,
    "study": 3,
    "io": 4,
    "network": 5,
    "travel": 6,
    "measures": 7,
    "indicators": 8,
    "publish": 9,
    "pipeline": 10,
    "cli": 11,
    # The package itself, which may offer anything and which nobody inside imports.
    "__init__": 12,
}
ROOMS = {
    "publish": {"maps": 1, "charts": 1, "web": 2, "pages": 3, "print": 4, "report": 5},
    "pipeline": {"analyses": 1, "commands": 2},
    "measures": {"siting": 1},
}
"""Floors inside a package; its modules that are in no room have 0."""
MODULES = sorted(PACKAGE.rglob("*.py"))
LINES = 500
PARAMETERS = 6


def _room(path: Path) -> str:
    """Return the module or package of the first level that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the line and the full dotted name of everything that a module imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: relative import"
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"


def _breaches(room: str, tree: ast.AST) -> list[str]:
    """Return what a module of ``room`` imports and should not."""
    found = []
    for line, name in _imports(tree):
        parts = name.split(".")
        if parts[0] != "urbangis":
            continue
        other = parts[1] if len(parts) > 1 and parts[1] in FLOORS else "__init__"
        if other != room and FLOORS[other] >= FLOORS[room]:
            found.append(f"line {line} imports {name}: {room} must not import {other}")
    return found


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def _name(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def test_every_room_has_a_floor() -> None:
    assert MODULES
    assert {_room(path) for path in MODULES} <= set(FLOORS)


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_imports_go_down(path: Path) -> None:
    assert not _breaches(_room(path), _tree(path))


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_rooms_of_a_package_import_down(path: Path) -> None:
    parts = path.relative_to(PACKAGE).parts
    rooms = ROOMS.get(parts[0], {})
    room = parts[1] if len(parts) > 2 else ""
    for line, name in _imports(_tree(path)):
        inside = name.split(".")[1:]
        if len(inside) < 2 or inside[0] != parts[0] or inside[1] == room:
            continue
        upward = rooms.get(inside[1], 0) >= rooms.get(room, 0) > 0 or (
            not room and inside[1] in rooms
        )
        assert not upward, f"line {line}: {name}"


@pytest.mark.parametrize(
    ("room", "text", "breach"),
    [
        ("network", "from urbangis.travel.costs import travel_costs", True),
        ("network", "from urbangis.network.graph import Network", False),
        ("network", "from urbangis.catalog import Mode", False),
        ("catalog", "import urbangis.crs", True),
        ("errors", "from urbangis.notices import Notice", True),
        ("io", "from urbangis import study", False),
        ("io", "from urbangis import pipeline", True),
        ("publish", "import urbangis", True),
        ("publish", "from urbangis import run", True),
        ("publish", "def late():\n    from urbangis.pipeline import run", True),
        ("publish", "import urbangisx", False),
        ("__init__", "from urbangis.pipeline import run", False),
    ],
)
def test_the_rule_itself(room: str, text: str, *, breach: bool) -> None:
    assert bool(_breaches(room, ast.parse(text))) == breach


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_modules_are_short_and_explained(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LINES
    assert ast.get_docstring(ast.parse(text)) or not text.strip()


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_functions_take_few_parameters(path: Path) -> None:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if "app.command()" in map(ast.unparse, node.decorator_list):
                continue  # its parameters are the options of a command
            taken = node.args
            names = [
                *(argument.arg for argument in [*taken.posonlyargs, *taken.args]),
                *(argument.arg for argument in taken.kwonlyargs),
            ]
            own = [name for name in names if name not in {"self", "cls"}]
            assert len(own) <= PARAMETERS, f"{node.name}, line {node.lineno}: {own}"


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_only_the_command_line_prints(path: Path) -> None:
    printed = [
        node.lineno
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
    ]
    assert not printed or _room(path) == "cli"
