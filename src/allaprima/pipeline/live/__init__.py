"""The loop for cameras: newest frame first, never a queue; latency held, controls as values."""
