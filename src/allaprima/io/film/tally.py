"""What decoding a film met: counted in full, named as far as that is not endless."""

from __future__ import annotations

from dataclasses import dataclass, field

from allaprima.io.film.report import LOSSES_NAMED, Loss


@dataclass(slots=True)
class Tally:
    """What decoding met so far.

    reordered: frames that took another stamp than their packet's, which was in the order of decoding. strayed: frames
    whose stamp lay far ahead of the next one's. unnamed: losses that were counted and are not in the list.
    """

    packets: int = 0
    frames: int = 0
    hidden: int = 0
    reordered: int = 0
    strayed: int = 0
    lost: int = 0
    damaged: int = 0
    unnamed: int = 0
    losses: list[Loss] = field(default_factory=list)

    def lose(self, seconds: float | None, reason: str, frames: int = 1) -> None:
        """Counts frames that are missing."""
        self.lost += frames
        self.name(Loss("lost", seconds, reason, frames))

    def damage(self, seconds: float | None) -> None:
        """Counts a frame whose decoder concealed errors."""
        self.damaged += 1
        self.name(Loss("damaged", seconds, "decoded with errors, the damage concealed"))

    @property
    def first_loss(self) -> Loss | None:
        """The first that is named of what is missing or damaged; a gap in the times may be neither."""
        return next((loss for loss in self.losses if loss.kind != "gap"), None)

    def forget_before(self, seconds: float) -> None:
        """Drops what was lost on the way to the first frame that was wanted."""
        self.losses = [loss for loss in self.losses if loss.seconds is not None and loss.seconds >= seconds]
        self.lost = sum(loss.frames for loss in self.losses if loss.kind == "lost")
        self.damaged = sum(loss.kind == "damaged" for loss in self.losses)
        self.hidden = self.unnamed = 0

    def name(self, loss: Loss) -> None:
        """Adds to what is named, as long as that is not endless."""
        if len(self.losses) < LOSSES_NAMED:
            self.losses.append(loss)
        else:
            self.unnamed += 1
