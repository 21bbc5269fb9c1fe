"""`jellystone completion`."""

import click
from click.shell_completion import get_completion_class


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print what makes a shell complete our commands and names.

    \b
    bash: eval "$(jellystone completion bash)"                    in ~/.bashrc
    zsh:  eval "$(jellystone completion zsh)"                     in ~/.zshrc, after compinit
    fish: jellystone completion fish > ~/.config/fish/completions/jellystone.fish
    """
    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(ctx.find_root().command, {}, "jellystone", "_JELLYSTONE_COMPLETE").source())
