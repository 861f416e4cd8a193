"""Text that was written elsewhere, parsed: whatever is wrong with it is a ValueError, and no number takes for ever."""

from __future__ import annotations

import json
import re
from fractions import Fraction

LONGEST_NUMBER = 100   # characters; exact numbers of more digits are nobody's
LARGEST_EXPONENT = 99  # 1e999999999 is a number of as many digits once it is exact
SHOWN = 60

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE](?P<exponent>[+-]?\d{1,6}))?", re.ASCII)


def parsed_json(text: str | bytes) -> object:
    """What a JSON text says; raises ValueError for anything else, however deep it is or long its numbers are."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except json.JSONDecodeError:
        raise
    except UnicodeDecodeError:
        raise ValueError("it is no text in UTF-8") from None
    except ValueError:  # Python's own limit on the digits of a whole number
        raise ValueError("a number in it has too many digits") from None


def parsed_fraction(text: str) -> Fraction:
    """The number that ``12``, ``.5`` or ``1e-05`` stands for, exactly; raises ValueError for anything else."""
    match = _NUMBER.fullmatch(text.strip()) if len(text) <= LONGEST_NUMBER else None
    if match is None or abs(int(match["exponent"] or 0)) > LARGEST_EXPONENT:
        raise ValueError(f"{shown(text)} is not a number")
    return Fraction(text.strip())


def parsed_count(text: str, largest: int) -> int | None:
    """The whole number from 0 to ``largest`` that digits stand for; None for anything else."""
    if not text.isascii() or not text.isdecimal() or len(text) > LONGEST_NUMBER:
        return None
    return int(text) if int(text) <= largest else None


def shown(value: object) -> str:
    """A value as an error quotes it: its beginning, where it is long."""
    try:
        text = repr(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = f"a {type(value).__name__}"
    return text if len(text) <= SHOWN else text[:SHOWN - 3] + "..."
