"""A plugin from outside, as somebody else would write it: it answers every hook once."""
