"""The library in a few calls: open a model, load a style, paint arrays, pictures, films and cameras."""
