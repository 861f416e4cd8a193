"""Compare a painted film with its input, by plain PyAV: frames, times, duration, sound. Exit code 1 where they differ.

python tools/compare_films.py in.mp4 out.mp4
"""

from __future__ import annotations

import sys
from fractions import Fraction

import av


def shown(path: str) -> tuple[list[Fraction], list[tuple[int, Fraction, bytes]], Fraction]:
    """Times of the frames, packets of the sound (stream, time, payload), and the latest tick of the container."""
    with av.open(path) as container:
        video = container.streams.video[0]
        tick = video.time_base or Fraction(1)
        times, sound = [], []
        for packet in container.demux():
            if packet.stream.type == "video" and packet.stream.index == video.index:
                times += [frame.pts * tick for frame in packet.decode() if frame.pts is not None]
            elif packet.stream.type == "audio" and packet.size and packet.pts is not None:
                sound.append((packet.stream.index, packet.pts * packet.time_base, bytes(packet)))
        return times, sound, tick


def differences(before: str, after: str) -> list[str]:
    """What differs between two films, a sentence each."""
    times, sound, tick = shown(before)
    new_times, new_sound, new_tick = shown(after)
    found = []
    if len(times) != len(new_times):
        found.append(f"{len(times)} frames became {len(new_times)}")
    worst = max((abs(a - b) for a, b in zip(times, new_times, strict=False)), default=Fraction(0))
    if worst > max(tick, new_tick):
        found.append(f"a frame is {float(worst):.6f} s off its time")
    if [payload for _, _, payload in sound] != [payload for _, _, payload in new_sound]:
        found.append(f"the sound's {len(sound)} packets became {len(new_sound)} others")
    offset = max((abs(a[1] - b[1]) for a, b in zip(sound, new_sound, strict=False)), default=Fraction(0))
    if offset > Fraction(1, 1000):
        found.append(f"the sound is {float(offset):.6f} s off its time")
    print(f"{after}: {len(new_times)} frames, times within {float(worst) * 1000:.3f} ms, "
          f"{len(new_sound)} packets of sound within {float(offset) * 1000:.3f} ms")
    return found


def main() -> None:
    """Compares the two films that the command line names."""
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    found = differences(sys.argv[1], sys.argv[2])
    for difference in found:
        print(f"different: {difference}")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
