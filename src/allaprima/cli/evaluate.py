"""``allaprima evaluate``: how well models paint, by measurement, on folders of contents and styles."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from allaprima.cli import options as given
from allaprima.cli.evaluate_video import Asked, evaluate_video
from allaprima.cli.failures import tell
from allaprima.cli.opening import open_runtime
from allaprima.cli.pages import check_pages, write_page
from allaprima.cli.tables import text_table
from allaprima.config import ModelOptions
from allaprima.errors import OptionError

Contents = Annotated[Path, typer.Argument(help="A folder of content pictures, or one picture.", show_default=False)]
Styles = Annotated[Path, typer.Argument(help="A folder of style pictures, or one picture.", show_default=False)]
Models = Annotated[list[str] | None, typer.Option(
    "--model", "-m", show_default="balanced and reference; with --video, balanced",
    help="A model; several times for several. NAME:vgg encodes styles with VGG-19 itself; NAME:fitted paints bundled "
         "styles by what is fitted to them; NAME:real changes light and colours alone.")]


def evaluate_models(
        contents: Contents, styles: Styles, model: Models = None, peer: given.Peer = None,
        size: Annotated[int, typer.Option("--size", help="Side of the squares measured, in pixels.")] = 256,
        style_size: Annotated[int | None, typer.Option(
            "--style-size", help="Size at which models see the styles.", show_default="as --size")] = None,
        limit: Annotated[int | None, typer.Option(
            "--limit", help="Take the first N contents and styles only.", show_default=False)] = None,
        strength: given.Strength = 1.0,
        html: Annotated[Path | None, typer.Option(
            "--html", help="Write the report as one HTML file.", show_default=False)] = None,
        blind: Annotated[Path | None, typer.Option(
            "--blind", help="Write a page to compare the models unnamed, side by side.", show_default=False)] = None,
        curve: Annotated[bool, typer.Option("--curve/--no-curve", help="Measure over strength as well.")] = True,
        shifts: Annotated[bool, typer.Option(
            "--shifts/--no-shifts", help="Paint every content a second time, moved by a few pixels.")] = True,
        shown: Annotated[int, typer.Option("--shown", help="Pairs shown in the pages.")] = 8,
        seed: Annotated[int, typer.Option("--seed", help="For the intervals and the order of the blind page.")] = 0,
        video: Annotated[bool, typer.Option(
            "--video", help="Measure how steady films are; CONTENTS: films, or pictures to make clips of.")] = False,
        frames: Annotated[int, typer.Option(
            "--frames", min=2, help="With --video: frames of every clip; a lag of eight needs more than eight.")] = 24,
        temporal: Annotated[list[str] | None, typer.Option(
            "--temporal", help="With --video: a way of steadying; several times for several.",
            show_default="off and fast")] = None,
        made: Annotated[Path | None, typer.Option(
            "--made", help="With --video: also make clips with exact motion of the first two pictures here.",
            show_default=False)] = None,
        strips: Annotated[Path | None, typer.Option(
            "--strips", help="With --video: write frames of every clip and their differences into this folder.",
            show_default=False)] = None,
        rows: Annotated[Path | None, typer.Option(
            "--rows", help="With --video: keep rows in this folder as they are measured, and take those there.",
            show_default=False)] = None,
        overwrite: given.Overwrite = False, device: given.Device = ModelOptions.device,
        precision: given.Precision = ModelOptions.precision,
        as_json: given.Json = False) -> None:
    """Measure how well models paint: allaprima evaluate photos/ paintings/ -m balanced -m reference."""
    if video:
        if peer:
            raise OptionError("peers are not measured on films", "leave out --peer, or --video")
        evaluate_video(Asked(contents, styles, model or ["balanced"], size, limit, frames, temporal or [], made, rows,
                             html, strips), overwrite=overwrite, device=device, precision=precision, as_json=as_json)
        return
    from allaprima.cli.progress import fetching, painting
    from allaprima.evaluate.blind import blind_page
    from allaprima.evaluate.candidates import Candidate, candidates_for
    from allaprima.evaluate.judge import open_judge
    from allaprima.evaluate.peers import opened_peers
    from allaprima.evaluate.pictures import load_squares, pictures_in
    from allaprima.evaluate.quality import QualityOptions, evaluate, work
    from allaprima.evaluate.report import artefact_rows, realism_rows, summary, table_rows
    from allaprima.evaluate.report import html as html_of

    options = QualityOptions(size, style_size, strength, shown=shown, seed=seed, shifts=shifts)
    if not curve:
        options = replace(options, strengths=())
    peers = [Candidate(engine.name, engine, engine) for engine in opened_peers(peer or [])]
    check_pages([html, blind], overwrite, (".html",), [*pictures_in([contents], limit), *pictures_in([styles], limit)])
    photographs, missing_contents = load_squares(pictures_in([contents], limit), size)
    paintings, missing_styles = load_squares(pictures_in([styles], limit), max(size, style_size or size))
    for missing in (*missing_contents, *missing_styles):
        tell(f"warning: {missing.name} is left out: {missing.reason}")
    runtime = open_runtime(device, precision)
    with fetching(sys.stderr) as progress:
        judge = open_judge(progress=progress)
        candidates = [*candidates_for(model or ["balanced", "reference"], runtime, progress), *peers]
    with painting(sys.stderr, "evaluating") as (expect, advance):
        expect(work(len(photographs), len(paintings), len(candidates), options))
        done = evaluate(photographs, paintings, candidates, judge, options, lambda name: advance(1))
    told = summary(done)
    notes = [f"Painted by {runtime.name} on {runtime.device} in {runtime.precision}; measured in fp32."]
    notes += [f"{peer.name} painted by torch in fp32." for peer in peers]
    notes += [f"{missing.name} was left out: {missing.reason}" for missing in (*missing_contents, *missing_styles)]
    if html is not None:
        write_page(html, html_of(done, told, notes), overwrite)
    if blind is not None:
        write_page(blind, blind_page(done, seed), overwrite)
    typer.echo(json.dumps(told, indent=2) if as_json
               else "\n\n".join(text_table(*rows) for rows in (
                   table_rows(told), artefact_rows(told), realism_rows(told))))
