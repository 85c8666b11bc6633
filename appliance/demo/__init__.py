"""The main job on embedded defaults: specimen paper, virtual scanner, embedded archive, final table."""
