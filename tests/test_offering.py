"""What `import urbangis` offers: by name, and only when asked for."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
import typer

import urbangis
from urbangis import cli


def test_every_name_is_there_and_typed_as_what_it_is():
    tree = ast.parse(Path(urbangis.__file__).read_text(encoding="utf-8"))
    typed = {
        alias.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("urbangis")
        for alias in node.names
    }
    assert sorted(typed) == urbangis.__all__
    for name, module in typed.items():
        offered = getattr(urbangis, name)
        assert offered.__name__ == name
        assert offered.__module__.startswith(module)
    assert set(urbangis.__all__) <= set(dir(urbangis))


def test_a_name_that_is_not_offered_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'walk'"):
        _ = urbangis.walk


def test_importing_costs_nothing():
    code = "import sys, urbangis; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_command_has_its_function():
    """The catalogue is data, and is loaded; all else is a function of the command's name."""
    commands = set(typer.main.get_command(cli.app).commands)
    assert {"run", "check", "new", "catalog", "coverage", "rings", "convert"} <= commands
    others = {
        "catalog": {"load_catalogue"},
        "publish": {"publish_page", "publish_zip"},
        "timetable": {"timetable_matrix"},
    }
    for command in commands:
        assert others.get(command, {command}) <= set(urbangis.__all__)
