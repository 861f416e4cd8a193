"""``allaprima network``: networks of others, looked into, so that ``--model net.onnx`` knows how to call them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from allaprima.cli import options as given
from allaprima.cli.failures import tell
from allaprima.errors import OptionError

if TYPE_CHECKING:
    from allaprima.engines.network_descriptions import Description

app = typer.Typer(help="Image-to-image networks of others, for --model net.onnx.", no_args_is_help=True,
                  rich_markup_mode=None)


@app.callback()
def about() -> None:
    """Image-to-image networks of others, for --model net.onnx: docs/networks.md tells how they are exported."""


@app.command()
def describe(network: Annotated[Path, typer.Argument(help="An ONNX file.", show_default=False)],
             overwrite: given.Overwrite = False) -> None:
    """Find out what a network takes and gives, and write it beside it: net.json."""
    from allaprima.engines.network_descriptions import beside, description_text
    from allaprima.engines.network_examination import described
    from allaprima.io.outputs import check_output, written_file
    from allaprima.runtimes.network_files import SUFFIX, is_network

    if not is_network(str(network)):
        raise OptionError(f"{network} is no ONNX file", f"name one that ends in {SUFFIX}")
    target = beside(network)
    check_output(target, [network], overwrite=overwrite)
    description = described(network)
    with written_file(target, overwrite=overwrite) as file:
        file.write(description_text(description).encode())
    for line in told(description):
        tell(line)
    tell(f"{target}: correct it where that is wrong; paint with --model {network}")


def told(about: Description) -> list[str]:
    """What a description says, in sentences."""
    extras = {"domain": f"a domain, --domain 0 to {about.domains - 1}", "labels": "a label map, --labels seg.%04d.png",
              "label numbers": "a label map, --labels seg.%04d.png", "picture": "a picture",
              "latent": "latent numbers, which are left at 0"}
    size = (f"{about.width}x{about.height} pixels only" if about.width is not None else
            f"any size, its sides made multiples of {about.multiple}" if about.multiple > 1 else "any size")
    sees = (f"the whole picture at once ({about.over_all})" if about.overlap is None else
            f"{about.overlap} pixels around each: large pictures are painted in tiles")
    low, high = about.input_range
    return [f"it takes {' and '.join(extras[one.role] for one in about.inputs)}",
            f"pictures are {about.layout}, {about.order.upper()}, black {low:g} and white {high:g}; {size}",
            f"it looks at {sees}"]
