"""Every command by name, and how the command line as a whole behaves: help, errors in one line, exit status.

A command is one file with a click command called `command` that returns the exit status, and one line in `COMMANDS`.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import click

from scaletheory.output.ascii import ERRORS

COMMANDS: dict[str, str] = {
    "exponents": "scaletheory.commands.exponents",
    "optimum": "scaletheory.commands.optimum",
    "risk": "scaletheory.commands.risk",
    "spectrum": "scaletheory.commands.spectrum",
    "flow": "scaletheory.commands.flow",
    "sgd": "scaletheory.commands.sgd",
    "learning-curve": "scaletheory.commands.learning_curve",
    "fit": "scaletheory.commands.fit",
    "validate": "scaletheory.commands.validate",
    "derive": "scaletheory.commands.derive",
}


class CommandLine(click.Group):
    """A group that imports a command when it is asked for, and turns every refusal into one line and exit status 2."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[cmd_name]).command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[Any, Any, list[str]]:
        """Return the command that the arguments name, or say which there are."""
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            ctx.fail(f"there is no command {args[0]!r}; there are {', '.join(COMMANDS)}")
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments; without any, show the help."""
        return super().parse_args(ctx, args or ["--help"])

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Return the context of a run; help and version are printed here."""
        with readers_may_go():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that the arguments name."""
        with readers_may_go():
            return super().invoke(ctx)

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run, and leave with the exit status; an error is one line on standard error."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors=ERRORS)
        try:
            status = super().main(*args, **{**kwargs, "standalone_mode": False})
            with suppress(click.exceptions.Exit), readers_may_go():
                sys.stdout.flush()
        except click.NoSuchOption as error:
            from scaletheory.wording import unknown_option

            refuse(unknown_option(error), error.ctx)
        except click.ClickException as error:
            refuse(error.format_message(), error.ctx if isinstance(error, click.UsageError) else None)
        except click.Abort:
            click.echo("Error: interrupted", err=True)
            sys.exit(130)
        except (ValueError, OSError) as error:
            refuse(str(error), None)
        except MemoryError:
            refuse("out of memory: ask for fewer points, or for a smaller --pool", None)
        sys.exit(status)


@contextmanager
def readers_may_go() -> Iterator[None]:
    """Leave with exit status 0 where whoever reads standard output has seen enough (`| head`): that is no failure."""
    try:
        yield
    except (BrokenPipeError, SystemExit) as leaving:
        if isinstance(leaving, SystemExit) and not isinstance(leaving.__context__, BrokenPipeError):  # rich makes it exit 1
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is still buffered goes nowhere
        raise click.exceptions.Exit(0) from None


def refuse(message: str, context: click.Context | None) -> None:
    """Leave with exit status 2 after one line on standard error."""
    hint = f" (see '{context.command_path} --help')" if context else ""
    with suppress(BrokenPipeError):
        click.echo(f"Error: {' '.join(message.split())}{hint}", err=True)
    sys.exit(2)


def _version(context: click.Context, parameter: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        try:
            click.echo(f"scaletheory {importlib.metadata.version('scaletheory')}")
        except importlib.metadata.PackageNotFoundError:
            click.echo("scaletheory, not installed (run from its source)")
        context.exit()


HELP = """Scaling laws of high-dimensional regression, from a model declared as a chain of random-matrix layers.

\b
A first look, a double descent in the number of samples:
  scaletheory risk random-features --capacity 1.5 --source 0.4 \\
      --samples 1e2:1e8:25 --features 1e5 --ridge 1e-8 --noise 0.1
and real data:
  scaletheory learning-curve digits --kernel rbf

Each command explains itself: scaletheory COMMAND --help. All of them take --json, --csv and --plot.
"""


@click.command(
    cls=CommandLine,
    name="scaletheory",
    help=HELP,
    epilog="Exit status: 0 all right, 1 a check failed, 2 bad input (one line on standard error).",
)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
def cli() -> None:
    """Run a command."""
