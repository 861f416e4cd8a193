"""Films: read, decoded, encoded, written with their other streams."""
