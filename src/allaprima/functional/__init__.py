"""Pure tensor maths: no device, no dtype and no file is chosen here."""
