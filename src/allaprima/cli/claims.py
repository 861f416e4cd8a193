"""What a command reads and writes, claimed before any work: no result lands on an input or on another result."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from allaprima.parsing import parsed_json

if TYPE_CHECKING:
    from allaprima.io.outputs import Outputs


def claimed(going: Mapping[Path, Path], read: Iterable[Path | None], report_file: Path | None, *, overwrite: bool,
            resume: bool = False) -> Outputs:
    """All that a run may write, claimed; raises SinkError where it must not write that.

    going: inputs, and where their results go. read: whatever else the run reads. Of several files, one whose result
    exists already fails by itself, when its turn comes; everything else that is wrong ends the run here.
    """
    from allaprima.io.outputs import Outputs
    from allaprima.pipeline.looks.files import files_behind

    outputs = Outputs(files_behind(*going, *(path for path in read if path is not None)), overwrite=overwrite)
    for path, target in going.items():
        frames = list(files_behind(path))
        if frames == [path]:
            outputs.claim(target, replace=resume or len(going) > 1)
        else:  # numbered frames say for themselves which of them exist
            outputs.claim_all(numbered(path, target), replace=True)
    if report_file is not None:
        outputs.claim(report_file, replace=resume and is_report(report_file))
    return outputs


def refuse_busy(going: tuple[Path, Path], *, overwrite: bool, resume: bool) -> None:
    """Raises SinkError where another run is writing that film, or an unfinished one must not be touched: at once.

    The sinks of films and of numbered frames ask again: until then a network may have been opened for seconds.
    """
    from allaprima.io.film.parts_folder import PartsFolder, parts_beside
    from allaprima.io.locks import OutputLock
    from allaprima.io.sequence.patterns import is_pattern

    path, target = going
    if not is_pattern(path):
        with OutputLock(target):
            PartsFolder(parts_beside(target)).refuse(resume=resume, overwrite=overwrite)


def numbered(path: Path, target: Path) -> Iterator[Path]:
    """The frames that become of those of a pattern, and the manifest beside them."""
    from allaprima.io.sequence.patterns import parsed_pattern

    pattern = parsed_pattern(target)
    yield from (pattern.path(number) for number in parsed_pattern(path).numbers())
    yield pattern.folder / f"{pattern.shown}.jsonl"


def own_weights(model: str | None) -> Path | None:
    """The file of weights of one's own, or of a network, that a model's name names; None for any other."""
    from allaprima.engines import is_network
    from allaprima.weights import is_file

    own = model is not None and (is_file(model) or is_network(model))
    return Path(model) if model is not None and own else None


def is_report(path: Path) -> bool:
    """Whether the file is a report of ours, which a run that is resumed may write anew."""
    try:
        said = parsed_json(path.read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(said, list) and all(isinstance(one, dict) and {"output", "run"} <= one.keys() for one in said)
