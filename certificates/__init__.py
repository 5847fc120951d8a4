"""Certificates: earned at once, printed, checked by anybody, corrected, revoked by staff."""
