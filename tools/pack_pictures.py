"""Packs a folder of pictures into a few files that ``allaprima train`` reads: python tools/pack_pictures.py IN OUT."""

from __future__ import annotations

import argparse
from pathlib import Path

from allaprima.packs import pack_pictures
from allaprima.train.pictures import encoded_pictures


def main() -> None:
    """Packs, and prints the files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pictures", type=Path, help="a folder of pictures")
    parser.add_argument("packed", type=Path, help="the folder for the packed files, each under 24 MiB")
    given = parser.parse_args()
    for path in pack_pictures(encoded_pictures(given.pictures), given.packed):
        print(path)


if __name__ == "__main__":
    main()
