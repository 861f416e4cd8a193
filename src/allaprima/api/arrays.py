"""Pictures as other libraries hold them, painted as a batch of ours and given back in their own kind."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from allaprima.errors import OptionError

if TYPE_CHECKING:
    from torch import Tensor

    from allaprima.runtimes.calls import Batch

Pictures = TypeVar("Pictures")
Back = Callable[["Batch"], Pictures]
Array = NDArray[np.generic]

EXACT = (np.dtype(np.uint8), np.dtype(np.uint16), np.dtype(np.float32))
BRIGHTEST = 16.0  # floats above are levels of 8 bits, not light above white


def as_batch(pictures: Pictures) -> tuple[Batch, Back[Pictures]]:
    """The pictures as a batch (N, H, W, 3) of ours, and what turns a batch of that size into their own kind.

    pictures: numpy's (H, W, 3) or (N, H, W, 3); torch's (3, H, W) or (N, 3, H, W), on any device; arrays of other
    libraries that speak DLPack as numpy's. RGB: 8 or 16 bits over their whole range, or floats in [0, 1]. Raises
    OptionError for anything else.
    """
    if isinstance(pictures, np.ndarray):
        batch, back = of_numpy(pictures)
        return batch, cast("Back[Pictures]", back)
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(pictures, torch.Tensor):
        batch, of_tensor = of_torch(pictures)
        return batch, cast("Back[Pictures]", of_tensor)
    if hasattr(pictures, "__dlpack__") and hasattr(pictures, "__array_namespace__"):
        return of_namespace(pictures)
    raise OptionError(f"cannot paint a {type(pictures).__name__}",
                      "give an array (H, W, 3) or (N, H, W, 3), or a tensor (N, 3, H, W)")


def of_numpy(pictures: Array) -> tuple[Batch, Back[Array]]:
    """The same of numpy's arrays."""
    if pictures.ndim not in (3, 4) or pictures.shape[-1] != 3 or 0 in pictures.shape:
        raise OptionError(f"cannot paint an array of shape {pictures.shape}: it is not (H, W, 3) or (N, H, W, 3)",
                          "give RGB with the channels last, without alpha")
    wide = pictures.astype(np.float32) if pictures.dtype in (np.float16, np.float64) else pictures
    if wide.dtype not in EXACT:
        raise OptionError(f"cannot paint pixels of type {pictures.dtype}",
                          "give uint8, uint16, or floats from 0 to 1")
    if wide.dtype == np.float32:
        check_floats(cast("NDArray[np.float32]", wide))
    batch = cast("Batch", np.ascontiguousarray(wide if pictures.ndim == 4 else wide[None]))

    def back(painted: Batch) -> Array:
        return painted.astype(pictures.dtype, copy=False).reshape(pictures.shape)

    return batch, back


def check_floats(pictures: NDArray[np.float32]) -> None:
    """Raises OptionError for floats that are no light from 0 to 1."""
    least, most = float(pictures.min()), float(pictures.max())
    if not np.isfinite((least, most)).all():
        raise OptionError("cannot paint pictures that hold NaN or infinity", "replace them, by numpy.nan_to_num")
    if most > BRIGHTEST:
        raise OptionError(f"cannot paint floats up to {most:g}: they run from 0 to 1", "divide them by 255")


def of_torch(pictures: Tensor) -> tuple[Batch, Back[Tensor]]:
    """The same of torch's tensors; what is on a GPU is copied to the host and its painting back to where it was."""
    from torch.utils.dlpack import from_dlpack

    if pictures.ndim not in (3, 4) or pictures.shape[-3] != 3 or 0 in pictures.shape:
        raise OptionError(f"cannot paint a tensor of shape {tuple(pictures.shape)}: it is not (3, H, W) or "
                          "(N, 3, H, W)", "give RGB with the channels before the rows, without alpha")
    plain = pictures.detach().to("cpu")
    if plain.is_floating_point():
        plain = plain.float()
    batch, _ = of_numpy(np.from_dlpack(plain.reshape(-1, *pictures.shape[-3:]).permute(0, 2, 3, 1).contiguous()))

    def back(painted: Batch) -> Tensor:
        tensor = from_dlpack(np.ascontiguousarray(painted)).permute(0, 3, 1, 2)
        return tensor.reshape(pictures.shape).to(pictures.device, pictures.dtype).contiguous()

    return batch, back


def of_namespace(pictures: Pictures) -> tuple[Batch, Back[Pictures]]:
    """The same of arrays of any library of the Python array standard, in memory of the host."""
    given = cast(Any, pictures)
    try:
        batch, of_array = of_numpy(np.from_dlpack(given))
    except (BufferError, RuntimeError, TypeError) as error:
        raise OptionError(f"cannot take a {type(pictures).__name__} from its device: {error}",
                          "copy it to the host first") from error

    def back(painted: Batch) -> Pictures:
        return cast(Pictures, given.__array_namespace__().from_dlpack(of_array(painted)))

    return batch, back
