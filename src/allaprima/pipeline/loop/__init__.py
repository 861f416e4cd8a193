"""The loop: frames from a source through a stylizer to a sink, decoding before it and encoding behind it in threads."""
