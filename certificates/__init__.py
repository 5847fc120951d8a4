"""Certificates: earned at once, printed, checked by anybody, corrected, taken back by staff."""
