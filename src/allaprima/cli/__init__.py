"""The command line: one file a command, options shared, one place that turns errors into text."""
