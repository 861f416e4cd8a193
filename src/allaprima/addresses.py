"""Addresses of cameras as they may be shown: without user names, passwords and keys."""

from __future__ import annotations

import re

MASK = "***"
# Two slashes or one: an address that lost one on its way through a path still holds its password.
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+:/{1,2}\S+?(?=[:;,.)\]'\"]*(?:\s|$))", re.IGNORECASE)
_PARTS = re.compile(r"([a-z][a-z0-9+.-]+:/{1,2})([^/?#]*)(.*)", re.DOTALL | re.IGNORECASE)
# Some cameras take their password as a part of the path: /user=admin_password=tiger_channel=1.
_SECRET_IN_PATH = re.compile(r"((?:user\w*?|login|pass\w*?|pwd|token|key|secret|auth\w*?|sig\w*?)=)[^/&;?#]*",
                             re.IGNORECASE)


def without_secrets(text: str) -> str:
    """The text with every address that stands in it as ``shown_address`` shows it."""
    return _ADDRESS.sub(lambda found: shown_address(found[0]), text)


def shown_address(name: str) -> str:
    """An address as ``http://***@host/path?***``: user, password and query are masked; any other name as it is.

    A query is masked whole, since cameras name their passwords and tokens in it as they like.
    """
    parts = _PARTS.fullmatch(name)
    if parts is None:
        return name
    scheme, authority, rest = parts.groups()
    if "@" not in authority and ":" in authority and "@" in rest:
        # What looks like a port may be the begin of a password that contains a slash or a question mark.
        _, _, behind = rest.rpartition("@")
        host, slash, rest = behind.partition("/")
        authority, rest = f"@{host}", slash + rest
    _, at, host = authority.rpartition("@")
    path, mark, query = rest.partition("?")
    shown = _SECRET_IN_PATH.sub(lambda found: found[1] + MASK, path)
    return scheme + (MASK + at if at else "") + host + shown + mark + (MASK if query else "")
