"""The page that paints in a browser: where its built files lie, and what networks and styles are put beside them."""
