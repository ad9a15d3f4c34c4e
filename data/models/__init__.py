"""The target-tone model: how its input is made, how it is trained, and its card."""
