"""Films planned for a farm, and painted by it: what the film command's --plan and --farm and ``farm run`` share."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from allaprima.cli.batch import finish
from allaprima.cli.failures import tell
from allaprima.cli.farm_board import board
from allaprima.cli.progress import painting as shown_progress
from allaprima.config import SequenceOptions, VideoOptions
from allaprima.errors import OptionError
from allaprima.plurals import counted

if TYPE_CHECKING:
    from allaprima.farm.joining import JoinReport
    from allaprima.farm.painting import Painting
    from allaprima.farm.plan import Plan
    from allaprima.farm.running import Event, Pool


@dataclass(frozen=True, slots=True)
class FarmOrder:
    """How a farm was asked for: see the options of the same names. into: where a plan may write."""

    plan: Path | None
    on: str | None
    workers: int | None = None
    threads: int | None = None
    gpus: float = 0.0
    fetch: str | None = None
    task_frames: int | None = None
    into: Path | None = None


def refuse_on_farm(preview: bool, fit: float | None, regions: str | None) -> None:
    """Raises OptionError for what a farm does not do."""
    from allaprima.pipeline.looks.regions import parsed_regions

    if preview:
        raise OptionError("a preview is painted here, not by a farm", "leave out --farm and --plan")
    if fit is not None:
        raise OptionError("a farm does not fit networks", "fit one first, allaprima fit, and name its .style file")
    if regions is not None and parsed_regions(regions).maps is not None:
        raise OptionError("maps show the first frame, which a farm's tasks begin without", "ask for --regions auto")


def farmed(painting: Painting, going: Mapping[Path, Path], film: VideoOptions, sequence: SequenceOptions,
           order: FarmOrder, as_json: bool, report_file: Path | None) -> None:
    """Plans the films; has them painted and joined where ``order`` says on what."""
    from allaprima.farm.plan import read_plan, write_plan
    from allaprima.farm.running import parsed_runner

    if order.on is not None:
        parsed_runner(order.on)
    path = order.plan or plan_beside(going)
    resume, overwrite = film.resume, film.overwrite
    if resume and order.on is not None and path.exists():
        plan = read_plan(path)
    else:
        plan = plan_films(painting, going, film, sequence, order)
        write_plan(path, plan, overwrite=overwrite or resume)
    tell(f"{path}: {counted(len(plan.tasks), 'task')} of {counted(sum(work.frames for work in plan.works), 'frame')}")
    outside = sorted({str(work.output.parent) for work in plan.works
                      if not work.output.parent.resolve().is_relative_to(path.absolute().parent.resolve())})
    if order.on is None:
        for folder in outside:
            tell(f"note: the plan writes into {folder}, which whoever runs it from there allows by --into {folder}")
        finish([{"plan": str(path), "tasks": len(plan.tasks)}], 0, as_json, report_file, replace=overwrite or resume)
        return
    into = common_folder(plan)
    reports = run_and_join(plan, path, dataclasses.replace(order, into=into))
    path.unlink(missing_ok=True) if order.plan is None else None
    finish(list(map(as_data, reports)), 0, as_json, report_file, replace=overwrite or resume)


def plan_films(painting: Painting, going: Mapping[Path, Path], film: VideoOptions, sequence: SequenceOptions,
               order: FarmOrder) -> Plan:
    """The plan of painting the films, made with progress shown."""
    from allaprima.cli.opening import tell_note
    from allaprima.cli.outputs import make_folder
    from allaprima.cli.video import is_sequence
    from allaprima.farm.cutting import USUAL_FRAMES
    from allaprima.farm.planning import planned

    for path, output in going.items():
        if is_sequence(path):
            make_folder(f"{output.parent}/")
    with shown_progress(sys.stderr, "planning") as (on_start, on_frames):
        engine, look = painting.opened(tell_note)
        return planned(painting, {path.absolute(): output.absolute() for path, output in going.items()}, film, sequence,
                       engine, look, usual=order.task_frames or USUAL_FRAMES, on_start=on_start, on_frames=on_frames)


def plan_beside(going: Mapping[Path, Path]) -> Path:
    """Where a plan goes that nobody named: beside the first result."""
    from allaprima.io.outputs import beside
    from allaprima.io.sequence.patterns import is_pattern, parsed_pattern

    path, output = next(iter(going.items()))
    named = output.with_name(parsed_pattern(output).shown) if is_pattern(path) else output
    return beside(named, ".plan.json")


def common_folder(plan: Plan) -> Path:
    """The folder that all results lie in or below."""
    import os

    return Path(os.path.commonpath([work.output.parent for work in plan.works]))


def run_and_join(plan: Plan, path: Path, order: FarmOrder) -> list[JoinReport]:
    """Has a plan's tasks done by the workers asked for, shown as they go on, and the results joined."""
    from allaprima.farm.checks import check_outputs
    from allaprima.farm.exchange import Exchange
    from allaprima.farm.joining import join, joined_film
    from allaprima.farm.running import run_plan

    check_outputs(plan, order.into or path.absolute().parent)
    before = [None if work.numbered else joined_film(plan, work) for work in plan.works]
    if not all(before):
        exchange = None if order.fetch is None else Exchange(order.fetch)
        if exchange is not None:
            exchange.offer(plan)
        with board(plan, sys.stderr) as show:
            def on_event(event: Event) -> None:
                if exchange is not None and event.kind == "done" and event.task is not None:
                    exchange.take(plan, plan.digest, [plan.tasks[event.task]])
                show(event)

            pool = pool_for(plan, path, order)
            try:
                run_plan(plan, path, pool, on_event)
            finally:
                pool.close()
    reports = [join(plan, work) for work in plan.works]
    for report in reports:
        lost = f", {counted(report.lost, 'frame')} lost in the input" if report.lost else ""
        tell(f"{report.output}: {counted(report.frames, 'frame')}, {report.seconds:.0f} s of workers{lost}")
    return reports


def pool_for(plan: Plan, path: Path, order: FarmOrder) -> Pool:
    """The workers that were asked for."""
    from allaprima.farm.running import parsed_runner

    assert order.on is not None
    kind, rest = parsed_runner(order.on)
    if kind == "processes":
        from allaprima.farm.processes import Processes

        return Processes(path, int(rest), order.threads, into=order.into, fetch=order.fetch)
    from allaprima.farm.ray_pool import RayPool

    return RayPool(plan, rest, into=order.into or path.absolute().parent, workers=order.workers,
                   threads=order.threads or 1, gpus=order.gpus, fetch=order.fetch)


def as_data(report: JoinReport) -> dict[str, object]:
    """A report as JSON has it."""
    return dict(json.loads(json.dumps(dataclasses.asdict(report), default=str)))
