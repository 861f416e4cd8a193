"""A plan's tasks as a studio's own render manager takes them: Open Job Description, and a job type of Flamenco."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from allaprima.farm.plan import Plan, Task
from allaprima.farm.schedule import forerunners

Manager = Literal["openjd", "flamenco"]
LONGEST_NAME = 60


def openjd_template(plan: Plan, path: Path, into: Path, folder: Path) -> str:
    """An Open Job Description template (jobtemplate-2023-09) of the plan: a step for each rank of tasks, then the join.

    Tasks of one rank wait for those of the ranks before, since steps, not tasks, can wait for each other. Paths are
    relative to the template's folder, as the specification wants it of defaults.
    """
    steps: list[dict[str, object]] = []
    for rank, tasks in enumerate(ranks(plan.tasks)):
        step: dict[str, object] = {
            "name": f"Tasks{rank}",
            "parameterSpace": {"taskParameterDefinitions": [
                {"name": "Number", "type": "INT", "range": [task.number for task in tasks]}]},
            "script": {"actions": {"onRun": {"command": "allaprima", "args": [
                "farm", "task", "{{Param.Plan}}", "{{Task.Param.Number}}", "--into", "{{Param.Into}}"]}}}}
        if rank:
            step["dependencies"] = [{"dependsOn": f"Tasks{rank - 1}"}]
        steps.append(step)
    steps.append({
        "name": "Join", "dependencies": [{"dependsOn": f"Tasks{len(steps) - 1}"}],
        "script": {"actions": {"onRun": {"command": "allaprima", "args": [
            "farm", "join", "{{Param.Plan}}", "--into", "{{Param.Into}}"]}}}})
    template = {
        "specificationVersion": "jobtemplate-2023-09", "name": name_of(plan),
        "parameterDefinitions": [
            {"name": "Plan", "type": "PATH", "objectType": "FILE", "dataFlow": "IN",
             "default": os.path.relpath(path, folder)},
            {"name": "Into", "type": "PATH", "objectType": "DIRECTORY", "dataFlow": "OUT",
             "default": os.path.relpath(into, folder)}],
        "steps": steps}
    return json.dumps(template, indent=1) + "\n"


def flamenco_job_type(plan: Plan, path: Path, into: Path, folder: Path) -> str:
    """A job compiler script of Flamenco 3 for the plan: put beside its manager's others, submitted as any job."""
    tasks = [{"number": task.number, "after": list(forerunners(task))} for task in plan.tasks]
    said = {"plan": str(path.absolute()), "into": str(into.absolute()), "tasks": tasks}
    return FLAMENCO % {"label": json.dumps(name_of(plan)), "said": json.dumps(said)}


FLAMENCO = """// Written by allaprima farm export; the plan's tasks as a job of Flamenco.
const SAID = %(said)s;

const JOB_TYPE = {
    label: %(label)s,
    settings: [
        {key: "plan", type: "string", subtype: "file_path", required: true, default: SAID.plan},
        {key: "into", type: "string", subtype: "dir_path", required: true, default: SAID.into},
        {key: "program", type: "string", required: true, default: "allaprima"},
    ],
};

function compileJob(job) {
    const tasks = [];
    const join = author.Task("join", "misc");
    for (const said of SAID.tasks) {
        const task = author.Task("task " + said.number, "misc");
        task.addCommand(command(job, ["farm", "task", job.settings.plan, String(said.number)]));
        for (const number of said.after) {
            task.addDependency(tasks[number]);
        }
        join.addDependency(task);
        tasks.push(task);
        job.addTask(task);
    }
    join.addCommand(command(job, ["farm", "join", job.settings.plan]));
    job.addTask(join);
}

function command(job, args) {
    return author.Command("exec", {exe: job.settings.program, args: args.concat(["--into", job.settings.into])});
}
"""

TEMPLATES: dict[Manager, Callable[[Plan, Path, Path, Path], str]] = {
    "openjd": openjd_template, "flamenco": flamenco_job_type}


def ranks(tasks: Sequence[Task]) -> list[list[Task]]:
    """The tasks by how many must be done one after the other before them."""
    found: dict[int, int] = {}
    for task in tasks:
        found[task.number] = max((found[one] + 1 for one in forerunners(task)), default=0)
    return [[task for task in tasks if found[task.number] == rank] for rank in range(max(found.values()) + 1)]


def name_of(plan: Plan) -> str:
    """What managers show for the job."""
    first = plan.works[0].output.name.replace("%", "")
    more = f" and {len(plan.works) - 1} more" if len(plan.works) > 1 else ""
    return f"allaprima {first}"[:LONGEST_NAME] + more
