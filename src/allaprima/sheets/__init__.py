"""Pictures and curves put onto one sheet: a PNG, or one HTML file that holds all it shows.

This floor knows numpy and the standard library only.
"""

from allaprima.sheets.png import encode_png

__all__ = ["encode_png"]
