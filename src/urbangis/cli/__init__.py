"""The command line: arguments in, a few lines out. The work is done by functions of these names.

Exit codes: 0 done, 1 findings, 2 the input is wrong (one line says where and what to do).
"""

import sys
from typing import Annotated

import typer

from urbangis.cli import of_files, of_studies
from urbangis.cli.telling import say, say_error
from urbangis.errors import InputError, UrbangisError

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Service circles, coverage rates and static web maps for spatial planning.",
)
app.add_typer(of_studies.app)
app.add_typer(of_files.app)


def main() -> None:
    """Run the command line; every expected failure ends in one line and an exit code."""
    try:
        app()
    except UrbangisError as error:
        say_error(str(error))
        sys.exit(2 if isinstance(error, InputError) else 1)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        say_error(f"{place}{error.strerror or error}")
        sys.exit(2)


@app.callback(invoke_without_command=True)
def _start(
    version: Annotated[bool, typer.Option("--version", help="Say the version and stop.")] = False,
) -> None:
    if version:
        from urbangis.pipeline.record import version_of

        say(f"urbangis {version_of('urbangis') or '(not installed)'}")
        raise typer.Exit
