"""What is asked for, over time and region: styles, masks, keyframes, saved looks."""
