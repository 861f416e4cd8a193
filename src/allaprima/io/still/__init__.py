"""Single pictures: read and written in every depth, orientation and profile."""
