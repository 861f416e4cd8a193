"""What ``bench`` measures: as tables, as data, and as a line each, told as soon as it is measured."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, NamedTuple

from allaprima.cli.tables import text_table

if TYPE_CHECKING:
    from allaprima.evaluate.layer_speed import LayerSpeed
    from allaprima.evaluate.speed import FilmSpeed, NetworkSpeed, PublishedSpeed
    from allaprima.evaluate.stage_speed import StageSpeed
    from allaprima.evaluate.steadying_speed import SteadyingSpeed

    Measured = NetworkSpeed | FilmSpeed | SteadyingSpeed | StageSpeed


class Speeds(NamedTuple):
    """All that was measured; rates are thousand million products a second, None where the device has no measure."""

    networks: list[NetworkSpeed]
    films: list[FilmSpeed]
    steadied: list[SteadyingSpeed]
    stages: list[StageSpeed]
    published: PublishedSpeed | None
    first_frame_seconds: float | None
    dense_rate: float | None


def as_data(speeds: Speeds) -> dict[str, object]:
    """The speeds as plain data."""
    return {"networks": [dataclasses.asdict(network) for network in speeds.networks],
            "films": [dataclasses.asdict(film) for film in speeds.films],
            "steadied": [dataclasses.asdict(one) for one in speeds.steadied],
            "stages": [dataclasses.asdict(one) for one in speeds.stages],
            "published": None if speeds.published is None else dataclasses.asdict(speeds.published),
            "first_frame_seconds": speeds.first_frame_seconds, "dense_rate": speeds.dense_rate}


def lines_of(speeds: Speeds) -> list[str]:
    """The speeds as tables, and what stands beside them."""
    from allaprima.evaluate.stage_speed import STAGES

    dense, published = speeds.dense_rate, speeds.published
    gpu = any(network.device_ms is not None for network in speeds.networks)
    networks = [(named(network), f"{network.ms:.1f}", *([gpu_ms(network)] if gpu else []), f"{network.fps:.1f}",
                 f"{network.rate:.0f}", f"{network.rate / dense:.0%}" if dense else "-") for network in speeds.networks]
    held = {named(one): one.fast_ms for one in speeds.steadied}
    films = [(named(film), *held_words(held.get(named(film))), f"{film.ms:.1f}", f"{film.fps:.1f}",
              f"{film.decode_ms:.1f}", f"{film.paint_ms:.1f}", f"{film.encode_ms:.1f}", f"{film.bound_ms:.1f}",
              f"{film.above_bound:.2f}", f"{published.ms / film.ms:.1f} x" if published else "-")
             for film in speeds.films]
    own = ("GPU's own",) if gpu else ()
    lines: list[str] = []
    lines += [text_table(("network alone", "ms", *own, "fps", "GMAC/s", "of dense"), networks), ""] if networks else []
    lines += [text_table(("film, end to end", "default ms", "fps", "off ms", "fps", "decode", "paint", "encode",
                          "bound", "off/bound", "published/off"), films), ""] if films else []
    steadied = [(named(one), f"{one.off_ms:.1f}", f"{one.fast_ms:.1f}", f"{one.off_core_ms:.1f}",
                 f"{one.fast_core_ms:.1f}", f"{one.blending_core_ms:.1f}", f"{one.cost:+.0%}")
                for one in speeds.steadied]
    lines += [text_table(("held steady", "off ms", "fast ms", "off core ms", "fast core ms", "of it blending", "cost"),
                         steadied), ""] if steadied else []
    lines += [text_table(("core ms a frame", "lines", *STAGES, "sum", "steadying"), [
        (named(one), str(one.lines), *(f"{one.core_ms[stage]:.1f}" for stage in STAGES), f"{one.total_ms:.1f}",
         f"{one.core_ms['steadying'] / (one.total_ms - one.core_ms['steadying']):+.0%}") for one in speeds.stages]),
        ""] if speeds.stages else []
    if published is not None:
        lines.append(f"published loop: {published.ms:.0f} ms a frame, {published.fps:.2f} fps")
    if speeds.first_frame_seconds is not None:
        lines.append(f"first frames after {speeds.first_frame_seconds:.2f} s, the interpreter's start included")
    if dense is not None:
        lines.append(f"dense 3x3 convolutions: {dense:.0f} GMAC/s")
    return lines


def gpu_ms(network: NetworkSpeed) -> str:
    """Milliseconds on the GPU alone, without copies; a dash where there is none."""
    return "-" if network.device_ms is None else f"{network.device_ms:.2f}"


def held_words(ms: float | None) -> tuple[str, str]:
    """Milliseconds and frames a second of the default, held steady; dashes where that was not measured."""
    return ("-", "-") if ms is None else (f"{ms:.1f}", f"{1e3 / ms:.1f}")


def named(speed: NetworkSpeed | FilmSpeed | SteadyingSpeed | StageSpeed | LayerSpeed) -> str:
    """What was measured, for a row's head."""
    return f"{speed.model} {speed.width}x{speed.height}"


def line_of(measured: Measured) -> str:
    """A measurement in one line, with all that its table's row says."""
    from allaprima.evaluate.speed import FilmSpeed, NetworkSpeed
    from allaprima.evaluate.steadying_speed import SteadyingSpeed

    name = named(measured)
    if isinstance(measured, NetworkSpeed):
        own = "" if measured.device_ms is None else f", GPU's own {gpu_ms(measured)} ms"
        return f"{name}, network alone: {measured.ms:.2f} ms{own}, {measured.fps:.1f} fps, {measured.rate:.0f} GMAC/s"
    if isinstance(measured, FilmSpeed):
        return (f"{name}, film end to end, off: {measured.ms:.1f} ms, {measured.fps:.1f} fps; decode "
                f"{measured.decode_ms:.1f}, paint {measured.paint_ms:.1f}, encode {measured.encode_ms:.1f}, bound "
                f"{measured.bound_ms:.1f} ms, off/bound {measured.above_bound:.2f}")
    if isinstance(measured, SteadyingSpeed):
        return (f"{name}, held steady: off {measured.off_ms:.1f} ms, fast {measured.fast_ms:.1f} ms, "
                f"{1e3 / measured.fast_ms:.1f} fps; core ms {measured.off_core_ms:.1f} and "
                f"{measured.fast_core_ms:.1f}, of it blending {measured.blending_core_ms:.1f}; "
                f"cost {measured.cost:+.0%}")
    stages = ", ".join(f"{stage} {ms:.1f}" for stage, ms in measured.core_ms.items())
    return f"{name}, core ms a frame at {measured.lines} lines: {stages}, sum {measured.total_ms:.1f}"
