"""Proxies: small frames that motion is found on, and how much two of them differ beyond a change of light."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray

from allaprima.frames import Pixels
from allaprima.temporal.fields import Grey, Plane, sampled

Proxy = NDArray[np.uint8]
"""A proxy of a picture, (h, w, 4): red, green, blue, grey. Four channels are sampled faster than three."""

PROXY_AREA = 320 * 180     # pixels of a proxy
LIGHT_STEP = 4            # light is measured on every fourth pixel of every fourth row
LEAST_KNOWN = 0.1         # of the places: light is not judged by fewer
EXPOSURES = (0.5, 2.0)    # least and largest change of contrast between two frames that is a change of light


def proxy_of(image: Pixels) -> Proxy:
    """A proxy of the picture (H, W, 3), of some ``PROXY_AREA`` pixels, or its own size where that is less."""
    import cv2

    small = cv2.resize(cast(Grey, image), proxy_size(*image.shape[:2])[::-1], interpolation=cv2.INTER_AREA)
    if small.dtype == np.uint16:
        small = cv2.convertScaleAbs(small, alpha=255 / 65535)
    elif small.dtype == np.float32:
        small = cv2.convertScaleAbs(small, alpha=255)
    return cast(Proxy, cv2.merge([*cv2.split(small), cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)]))


def proxy_size(height: int, width: int) -> tuple[int, int]:
    """The height and width of a proxy of a picture of that height and width."""
    scale = min(1.0, (PROXY_AREA / (height * width)) ** 0.5)
    return max(16, round(height * scale)), max(16, round(width * scale))


def is_proxy(picture: Pixels | Proxy) -> bool:
    """Whether that is a proxy: pictures of frames have three channels."""
    return picture.ndim == 3 and picture.shape[2] == 4


def grey_of(proxy: Proxy) -> Grey:
    """The proxy in grey, (h, w)."""
    import cv2

    return cast(Grey, cv2.extractChannel(proxy, 3))


def half_of(proxy: Proxy) -> Proxy:
    """The proxy at half its size."""
    import cv2

    size = max(1, proxy.shape[1] // 2), max(1, proxy.shape[0] // 2)
    return cast(Proxy, cv2.resize(proxy, size, interpolation=cv2.INTER_AREA))


def exposure_matched(first: Proxy, second: Proxy, where: Plane | None = None) -> Proxy:
    """The first proxy in the light of the second: its brightness and contrast.

    where: the places (h, w, 2) of the second's points in the first; left out where they are the same. What has come
    into the picture since the first says nothing of its light.
    """
    import cv2

    size = (max(1, second.shape[1] // LIGHT_STEP), max(1, second.shape[0] // LIGHT_STEP))
    some, there = (cv2.resize(field, size, interpolation=cv2.INTER_NEAREST)
                   for field in (second, first if where is None else where))
    places = cast(Plane, there)
    seen, known = (there, None) if where is None else (sampled(first, places), within(places, where))
    (mean, deviation), (own_mean, own_deviation) = (brightness(cast(Proxy, light), known) for light in (seen, some))
    gain = min(max(own_deviation / max(deviation, 1.0), EXPOSURES[0]), EXPOSURES[1])
    return cast(Proxy, cv2.addWeighted(first, gain, first, 0, own_mean - gain * mean))


def within(there: Plane, where: Plane) -> Grey | None:
    """Which of some places (h, w, 2) lie in a picture of the size that ``where`` has; None for all if few do."""
    import cv2

    height, width = where.shape[:2]
    known = cast(Grey, cv2.inRange(there, (0.0, 0.0), (width - 1.0, height - 1.0)))
    return known if cv2.countNonZero(known) > LEAST_KNOWN * known.size else None


def brightness(proxy: Proxy, known: Grey | None = None) -> tuple[float, float]:
    """The mean and the deviation of a proxy's grey, where it is known."""
    import cv2

    mean, deviation = cv2.meanStdDev(proxy, mask=known)
    return mean.item(3), deviation.item(3)


def difference(first: Proxy, second: Proxy) -> Grey:
    """How much two exposure-matched proxies differ (h, w), in the colour that differs most."""
    import cv2

    red, green, blue, grey = cv2.split(cv2.absdiff(first, second))
    return cast(Grey, cv2.max(cv2.max(red, green), cv2.max(blue, grey)))
