"""The library of styles: put in, taken out, searched by likeness, packed into one file."""
