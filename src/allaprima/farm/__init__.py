"""A film painted by many workers: a plan of tasks, workers that carry them out, and what joins their results."""
