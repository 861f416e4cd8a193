"""Pictures and curves put onto one sheet: a PNG, or one HTML file that holds all it shows.

This floor knows numpy and the standard library only.
"""

from allaprima.sheets.charts import Curve, chart
from allaprima.sheets.grid import fitted, grid
from allaprima.sheets.page import heading, page, paragraph, pictures, table
from allaprima.sheets.png import encode_png

__all__ = ["Curve", "chart", "encode_png", "fitted", "grid", "heading", "page", "paragraph", "pictures", "table"]
