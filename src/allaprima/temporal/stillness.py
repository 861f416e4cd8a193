"""Where a scene moves at all: motion told from noise by what whole neighbourhoods say.

Any search that looks at few pixels finds motion in noise. Over many, changes of brightness that come of motion go with
the gradients, and those that come of noise do not: the linear model of Lucas and Kanade 1981, tested as a whole.
"""

from __future__ import annotations

from typing import cast

import numpy as np

from allaprima.temporal.fields import Grey, Plane, gradients, stepped
from allaprima.temporal.proxies import Proxy, grey_of

WINDOW = 15            # pixels of half a proxy's size: a neighbourhood
SIGNIFICANT = 40.0     # white noise has a statistic above 14 once in a thousand; rounded and clipped noise is not white
NOTICED_PX = 0.1       # of half the size: a motion that must be seen in a neighbourhood that is said to lie still
NOISIER = 4.0          # times the squared change of what lies still is no noise
ROUNDING = 0.05        # of squared levels
ONE_WAY = 1e-4         # of the squared power: where all gradients go one way float32 knows nothing of the other
RELIT = 0.5            # of squared levels: what a change of light may leave
BROAD = 45             # pixels of half the size: whom a neighbourhood asks that cannot tell itself
NEARBY, ANYWHERE = 0.1, 0.01  # what such hearsay counts
RATHER_MOVES = 3.0     # times as much does hearsay of motion: what rests may move too slowly to be seen
SMOOTH = 5             # pixels of half the size
SPLIT = (0.4, 0.6)     # of what is said for motion


def moving(before: Proxy, now: Proxy) -> Plane:
    """Where (h, w) there is motion, 0 where rest is sure or all around, to 1; both matched, of half the size."""
    import cv2

    moved, still = told(grey_of(before), grey_of(now))
    if not still.any():
        return np.ones_like(still)
    of_motion, of_rest = (np.float32(NEARBY) * cv2.blur(said, (BROAD, BROAD)) + np.float32(ANYWHERE * said.mean())
                          for said in (moved, still))
    for_motion, for_rest = moved + np.float32(RATHER_MOVES) * of_motion, still + of_rest
    share = cv2.blur(for_motion / (for_motion + for_rest), (SMOOTH, SMOOTH))
    return stepped(cast(Plane, share), *SPLIT)


def told(seen: Grey, now: Grey) -> tuple[Plane, Plane]:
    """Where (h, w) neighbourhoods surely move, and where they surely lie still: 1, elsewhere 0."""
    import cv2

    both = cv2.addWeighted(seen, 0.5, now, 0.5, 0)
    along_x, along_y = gradients(cast(Grey, both))
    apart = cast(Plane, cv2.subtract(now, seen, dtype=cv2.CV_32F))

    def mean(values: Plane) -> Plane:
        return cast(Plane, cv2.blur(values, (WINDOW, WINDOW)))

    middle_x, middle_y, lighter = mean(along_x), mean(along_y), mean(apart)  # a change of light is no motion
    xx, xy, yy = mean(along_x * along_x), mean(along_x * along_y), mean(along_y * along_y)
    x, y = mean(along_x * apart) - middle_x * lighter, mean(along_y * apart) - middle_y * lighter
    changed = mean(apart * apart) - lighter * lighter
    count = np.float32(WINDOW**2) / (changed + np.float32(ROUNDING))
    known = xx * yy - xy * xy + np.float32(ONE_WAY) * (xx + yy) ** 2 + np.float32(ROUNDING**2)
    statistic = count * (yy * x * x - 2 * xy * x * y + xx * y * y) / known
    weakest = (xx + yy) / 2 - np.sqrt(((xx - yy) / 2) ** 2 + xy * xy)  # the gradient's power across its main way
    still = (statistic <= SIGNIFICANT) & (count * weakest > SIGNIFICANT / NOTICED_PX**2)
    # What moves far changes much, and not along the gradients.
    noise = float(changed[still].mean()) if still.any() else 0.0
    moved = (statistic > SIGNIFICANT) | (changed > NOISIER * (noise + RELIT))
    return moved.astype(np.float32), (still & ~moved).astype(np.float32)
