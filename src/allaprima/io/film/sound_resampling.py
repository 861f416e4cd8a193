"""Sound on its way to an encoder: at its rate, in its channels, and beside the picture for as long as the film lasts.

A recorder's clock is not the picture's: where stamps say that samples last a little longer or shorter than their count,
the samples are stretched to them; what is missing is filled with silence, what is too much left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from allaprima.io.film.sound_layouts import UNNAMED_LAYOUTS, Mapped, nearest_layout

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.layout import AudioLayout
    from av.filter import Graph

_STRETCHED = 0.05
"""Samples are stretched by this share at most; 2 % is heard by few."""
_LATE_SECONDS = 0.003
"""Matroska rounds to a millisecond: what is less off is not followed."""
_JUMP_SECONDS = 0.04
"""What is further off is a gap, or a lap where recordings are joined, no drift; 2 % of drift stays 0.02 s behind."""
_SILENCE_SECONDS = 60
"""A longer gap stays a gap: silence would be encoded for ever where a stamp is wrong."""


class SoundResampling:
    """Gives an encoder frames of its format, rate and channels whose times are those of the sound's own stamps.

    A stream may change its format, rate and channels: the output's stay.
    """

    def __init__(self, sample_format: str, rate: int, layout: str) -> None:
        self._format, self._rate, self._layout = sample_format, rate, layout
        self._graph: Graph | None = None
        self._made_for: tuple[str, int, str] | None = None
        self._ends: Fraction | None = None

    def frames(self, frame: AudioFrame) -> Iterator[AudioFrame]:
        """What a frame lets out."""
        begins = self._settled(frame)
        kind = (frame.format.name, frame.sample_rate, frame.layout.name)
        gap = self._ends is not None and begins - self._ends > _SILENCE_SECONDS
        if self._graph is None or kind != self._made_for or gap:
            yield from self.flush()
            self._graph, self._made_for = self._graph_for(frame), kind
        self._ends = begins + Fraction(frame.samples, frame.sample_rate)
        self._graph.push(frame)
        yield from self._pulled()

    def flush(self) -> Iterator[AudioFrame]:
        """What was still on its way."""
        if self._graph is not None:
            self._graph.push(None)
            yield from self._pulled()
        self._graph = None

    def _settled(self, frame: AudioFrame) -> Fraction:
        """When a frame begins; one without a stamp, where the one before it ends."""
        if frame.pts is None or not frame.time_base:
            frame.time_base = Fraction(1, frame.sample_rate)
            frame.pts = round((self._ends or 0) * frame.sample_rate)
        return frame.pts * Fraction(frame.time_base)

    def _graph_for(self, frame: AudioFrame) -> Graph:
        from av.filter import Graph

        graph = Graph()
        named = frame.layout.name if _is_named(frame.layout) else None
        source = graph.add_abuffer(sample_rate=frame.sample_rate, format=frame.format.name, layout=named,
                                   channels=None if named else frame.layout.nb_channels, time_base=frame.time_base)
        placed = graph.add("pan", self._placed(frame.layout))
        steady = graph.add("aresample", f"{self._rate}:async={round(self._rate * _STRETCHED)}:min_comp={_LATE_SECONDS}:"
                                        f"min_hard_comp={_JUMP_SECONDS}")
        formed = graph.add("aformat", f"sample_fmts={self._format}:sample_rates={self._rate}:"
                                      f"channel_layouts={self._layout}")
        graph.link_nodes(source, placed, steady, formed, graph.add("abuffersink")).configure()
        return graph

    def _placed(self, layout: AudioLayout) -> str:
        """The ``pan`` filter's words for where each channel goes."""
        mapped = mapped_layout(layout, (self._layout,)) or Mapped(self._layout, ())
        sums = ["+".join(f"{gain:.6f}*c{number}" for number, gain in part.items()) for part in mapped.parts]
        return "|".join([self._layout, *(f"c{place}={total}" for place, total in enumerate(sums) if total)])

    def _pulled(self) -> Iterator[AudioFrame]:
        import av

        assert self._graph is not None
        while True:
            try:
                pulled = self._graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            assert isinstance(pulled, av.AudioFrame)
            yield pulled


def mapped_layout(layout: AudioLayout, layouts: tuple[str, ...]) -> Mapped | None:
    """The nearest of those layouts, and where the channels go in it; None where they cannot be placed."""
    from av.audio.layout import AudioLayout

    meant = layout if _is_named(layout) else AudioLayout(UNNAMED_LAYOUTS.get(layout.nb_channels, layout))
    return nearest_layout(_names(meant), {name: _names(AudioLayout(name)) for name in layouts})


def _names(layout: AudioLayout) -> tuple[str, ...]:
    return tuple(channel.name for channel in layout.channels)


def _is_named(layout: AudioLayout) -> bool:
    """Whether a file says which its channels are, not only how many."""
    return "NONE" not in _names(layout)
