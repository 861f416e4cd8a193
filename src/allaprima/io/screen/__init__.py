"""Where live pictures are shown: a window, a virtual camera."""
