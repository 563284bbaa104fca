"""Evidence packs: all that a run rests on, in open formats, with a checker that stands alone."""
