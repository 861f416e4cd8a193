"""``allaprima conform``: the clips of an EDL or OTIO painted, and the same timeline of the painted media."""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from allaprima.cli import options as given
from allaprima.cli.failures import FAILED, tell, tell_failure
from allaprima.errors import AllaprimaError, Interrupted, OptionError
from allaprima.parsing import parsed_fraction
from allaprima.plurals import counted

if TYPE_CHECKING:
    from allaprima.io.timelines.clips import Timeline
    from allaprima.io.timelines.plan import Shot

OWN = ("-o", "--output", "--frames", "--start", "--end", "--json", "--report", "--preview")
"""What a shot's run is told by the timeline."""


def conform(
        ctx: typer.Context,
        timeline: Annotated[Path, typer.Argument(
            help="An edit decision list (.edl, CMX 3600) or OpenTimelineIO (.otio).", show_default=False)],
        output: Annotated[Path, typer.Option("-o", "--output", help="A folder for the painted shots and the timeline.",
                                             show_default=False)],
        media: Annotated[list[Path] | None, typer.Option(
            "--media", help="Folders in which clips are found by name; default: the timeline's own.",
            show_default=False)] = None,
        handles: Annotated[int, typer.Option(
            "--handles", min=0, help="Frames painted before and after what a clip shows, as far as there are.")] = 0,
        clip: Annotated[list[str] | None, typer.Option(
            "--clip", help="Paint these clips alone, by name: sh010, 'sh0*'; repeatable.", show_default=False)] = None,
        rate: Annotated[str, typer.Option(
            "--rate", help="Frames a second of an EDL, which does not say it; 30000/1001 too.")] = "24",
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be painted, and stop.")] = False,
        as_json: given.Json = False) -> None:
    """Paint the clips of a timeline: allaprima conform cut.edl --style art.jpg -o painted/.

    Every option of stylize-video goes with it. A clip asks for a style of its own by a comment or a marker:
    allaprima style=starry strength=0.6, or is left by allaprima skip.
    """
    from allaprima.io.outputs import check_output
    from allaprima.io.timelines.plan import planned, read_timeline

    for option in ctx.args:
        if option.partition("=")[0] in OWN:
            raise OptionError(f"{option} is told by the timeline", "leave it out")
    edit = read_timeline(timeline, parsed_rate(rate))
    folders = list(media or [timeline.parent])
    for folder in folders:
        if not folder.is_dir():
            raise OptionError(f"there is no folder {folder}", "name one by --media")
    shots = planned(edit, folders, handles, clip or (), output)
    targets = {shot.name: target_of(shot, output, ctx.args) for shot in shots}
    left = len(edit.clips) - sum(len(shot.clips) for shot in shots)
    for shot in shots:
        tell(f"{shot.name}: frames {shot.first}-{shot.last} of {shot.media.path}"
             f"{f' in {shot.asked.style}' if shot.asked.style else ''}")
    tell(f"{counted(len(shots), 'shot')} for {counted(len(edit.clips) - left, 'clip')}; {left} left as they are")
    failures = 0
    if not dry_run:
        again = "--overwrite" in ctx.args or "--resume" in ctx.args
        target = output / f"{timeline.stem}{'.edl' if timeline.suffix.lower() == '.edl' else '.otio'}"
        output.mkdir(parents=True, exist_ok=True)
        check_output(target, [timeline], overwrite=again)
        failures = paint_all(shots, targets, ctx.args)
        if not failures:
            write_timeline(edit, shots, targets, target, overwrite=again)
    if as_json:
        typer.echo(json.dumps([{"name": shot.name, "media": str(shot.media.path), "first": shot.first,
                                "last": shot.last, "output": str(targets[shot.name]), "style": shot.asked.style}
                               for shot in shots], indent=2))
    if failures:
        raise typer.Exit(FAILED)


def parsed_rate(text: str) -> Fraction:
    """The rate that ``24`` or ``30000/1001`` stands for; raises OptionError."""
    above, _, below = text.partition("/")
    try:
        rate = parsed_fraction(above) / parsed_fraction(below or "1")
    except (ValueError, ZeroDivisionError):
        rate = Fraction(0)
    if not 1 <= rate <= 1000:
        raise OptionError(f"{text} is no frame rate", "give 24, 25 or 30000/1001")
    return rate


def paint_all(shots: Sequence[Shot], targets: dict[str, Path], asked: Sequence[str]) -> int:
    """Paints every shot as stylize-video would; gives back how many failed, each of which is told."""
    failures = 0
    for shot in shots:
        try:
            targets[shot.name].parent.mkdir(parents=True, exist_ok=True)
            paint(shot, targets[shot.name], asked)
        except Interrupted:
            raise
        except AllaprimaError as error:
            tell_failure(error, shot.name)
            failures += 1
    return failures


def paint(shot: Shot, target: Path, asked: Sequence[str]) -> None:
    """Paints a shot with the options that were given, and those that its clips ask for."""
    from allaprima.cli.video import stylize_video

    words = list(asked)
    for option, value in (("--style", shot.asked.style), ("--strength", shot.asked.strength)):
        if value is not None:
            words = [*without(words, (option, "-s") if option == "--style" else (option,)), option, value]
    if shot.media.numbers is not None:
        words += ["--frames", f"{shot.first}-{shot.last}"]
    elif shot.count < shot.media.count:
        # Between two frames, so that a container's rounding of times neither adds nor loses one.
        begin, end = ((Fraction(number) - Fraction(1, 2)) / shot.media.rate for number in (shot.first, shot.last + 1))
        words += ["--start", f"{max(0.0, float(begin)):.6f}", "--end", f"{float(end):.6f}"]
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command()(stylize_video)
    command = typer.main.get_command(app)
    command.main([str(shot.media.path), *words, "-o", str(target)], prog_name="allaprima conform",
                 standalone_mode=False)


def without(words: Sequence[str], options: Sequence[str]) -> list[str]:
    """The words of a command line without some options and their values."""
    kept: list[str] = []
    skips = False
    for word in words:
        if skips:
            skips = False
        elif word in options:
            skips = True
        elif word.partition("=")[0] not in options:
            kept.append(word)
    return kept


def target_of(shot: Shot, output: Path, asked: Sequence[str]) -> Path:
    """Where a shot goes: numbered frames into a folder of their own, by their own numbers; a film beside the others."""
    from allaprima.cli.video import suffix_for
    from allaprima.io.sequence.patterns import parsed_pattern

    if shot.media.numbers is not None:
        pattern = parsed_pattern(shot.media.path)
        return output / shot.name / f"{shot.name}.%{pattern.digits}d{pattern.suffix}"
    words = [part for word in asked for part in word.split("=", 1)]
    codec = words[words.index("--codec") + 1] if "--codec" in words[:-1] else "h264"
    return output / f"{shot.name}{suffix_for(shot.media.path, codec)}"  # type: ignore[arg-type]


def write_timeline(edit: Timeline, shots: Sequence[Shot], targets: dict[str, Path], target: Path, *,
                   overwrite: bool) -> None:
    """Writes the timeline of the painted shots beside them."""
    from allaprima.io.outputs import written_file

    painted = {place: frames for shot in shots for place, frames in shot.painted(targets[shot.name]).items()}
    with written_file(target, overwrite=overwrite) as file:
        file.write(edit.relinked(painted, target).encode("utf-8"))
    tell(f"{target}: the timeline of the painted shots")
