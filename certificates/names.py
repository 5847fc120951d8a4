"""Names as they may stand on a certificate: in any script of the world, on one line."""

from __future__ import annotations

import unicodedata

LONGEST = 200

_JOINERS = "\u200c\u200d"
"""Invisible, but Persian and the Indic scripts spell with them."""

_REFUSED = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "So", "Zl", "Zp"})
"""Unicode's controls, unassigned and private characters, pictures, line ends."""


def tidy(typed: str) -> str:
    """The same name, composed (NFC), without spaces around it or doubled inside; cut where it is
    too long anyhow, for to compose a megabyte of marks takes minutes."""
    return " ".join(unicodedata.normalize("NFC", typed[: 5 * LONGEST]).split())


def is_writable(name: str) -> bool:
    """Whether it is a line of letters and signs: nothing that moves, hides or turns text round."""
    return any(char.isalpha() for char in name) and not any(
        unicodedata.category(char) in _REFUSED and char not in _JOINERS for char in name
    )
