"""Networks as ONNX files, which other programs and browsers open."""
