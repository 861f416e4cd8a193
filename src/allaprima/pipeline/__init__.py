"""The one loop: frames from a source, through an engine, to a sink, with decoding and encoding beside it."""
