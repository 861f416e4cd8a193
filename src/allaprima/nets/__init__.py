"""Networks: torch modules and nothing else. They load no file and choose no device."""
