"""The press in, scored mentions out. Knows data, never dashboard."""
