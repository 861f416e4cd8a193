"""Sound that comes in: an input of this machine, or a film's or a file's played in real time."""
