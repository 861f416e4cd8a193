"""What surrounds a place tells of it what it does not show itself: where it lies, and what was added to its colours."""

from __future__ import annotations

from typing import cast

from allaprima.temporal.fields import Plane, sampling_grid, stepped

LEAST_WEIGHT = 1e-3  # added to the weights of a mean, so that there is one where all of them are nothing
COARSER = 4          # every fourth place of a proxy, of every fourth row, tells of what is around it
AROUND = 15          # of these: twice the mean over as many a side
SUPPORT = (0.1, 0.3) # of them trusted: nothing is known, and enough is
AS_ONE = (1.0, 0.3)  # squared pixels that their motions are spread by: several things move, and one
LOST = 0.5           # by so much less is a place trusted than its surroundings are sure


def mean_around(values: Plane, weight: Plane, size: int) -> tuple[Plane, Plane]:
    """The mean (h, w, C) of values around every pixel, each counted by its weight (h, w), and the mean weight there.

    It is that over ``size`` pixels a side, taken twice.
    """
    import cv2

    weight = cast(Plane, cv2.add(weight, LEAST_WEIGHT))  # type: ignore[call-overload]  # a number for every pixel
    planes = [cv2.multiply(plane, weight) for plane in cv2.split(values)]
    sums = cv2.merge([*planes, *[weight] * (4 - len(planes))])  # four channels are blurred faster than three
    for _ in range(2):
        sums = cv2.blur(sums, (size, size))
    *means, support = cv2.split(sums)[:len(planes) + 1]
    return cast(Plane, cv2.merge([cv2.divide(plane, support) for plane in means])), cast(Plane, support)


def regained(where: Plane, trust: Plane) -> tuple[Plane, Plane]:
    """Places (h, w, 2), those not trusted (h, w) moved as what surrounds them, and how sure (h, w) that is.

    Under what passes by no motion leads on. Where all around moves alike, what comes out again will have moved so too.
    """
    import cv2

    rest = sampling_grid(*where.shape[:2])
    moved, shape = cv2.subtract(where, rest), where.shape[1::-1]
    size = max(1, shape[0] // COARSER), max(1, shape[1] // COARSER)
    x, y = cv2.split(cv2.resize(moved, size, interpolation=cv2.INTER_NEAREST))
    trusted = cast(Plane, cv2.resize(trust, size, interpolation=cv2.INTER_NEAREST))
    squared = cv2.add(cv2.multiply(x, x), cv2.multiply(y, y))
    mean, support = mean_around(cast(Plane, cv2.merge([x, y, squared])), trusted, AROUND)
    x, y, squared = cv2.split(mean)
    spread = cast(Plane, squared - x * x - y * y)
    known = cv2.resize(stepped(support, *SUPPORT) * stepped(spread, *AS_ONE), shape)
    lost = cv2.compare(cv2.subtract(known, trust), LOST, cv2.CMP_GT)  # type: ignore[call-overload]  # a number
    cv2.copyTo(cv2.resize(cv2.merge([x, y]), shape), lost, moved)
    return cast(Plane, cv2.add(moved, rest)), cast(Plane, cv2.copyTo(known, lost))
