"""Timelines of an edit, EDL and OpenTimelineIO: which clips of which media they show, and the same of painted media."""
