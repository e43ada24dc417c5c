"""``python -m urbangis.cli`` is the command ``urbangis``."""

from urbangis.cli import main

main()
