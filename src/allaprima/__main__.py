"""``python -m allaprima``."""

from allaprima.cli.main import allaprima

allaprima()
