"""Training of the compact networks and of the style encoder; runs wherever torch and torchvision do."""
