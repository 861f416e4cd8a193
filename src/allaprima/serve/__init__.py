"""The program served to browsers: films painted and styles fitted on this machine, and live pictures."""
