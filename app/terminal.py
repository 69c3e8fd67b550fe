"""What commands print in the terminal: text as it is, in whole lines."""

from __future__ import annotations

from typing import IO

from rich.console import Console


def plain_console(
    *, stderr: bool = False, quiet: bool = False, file: IO[str] | None = None, width: int | None = None
) -> Console:
    """Return a console for which `[bold]` or `:x:` in somebody's path is no markup, and that breaks no line of text.

    Args:
        stderr: Print on standard error, where bars are drawn again and again: lines are broken there.
        quiet: Print nothing.
        file: Print into this file instead.
        width: Characters in a line of a table; the terminal's when None.
    """
    return Console(
        stderr=stderr,
        quiet=quiet,
        file=file,
        width=width,
        markup=False,
        emoji=False,
        highlight=False,
        soft_wrap=not stderr,
    )
