"""What courses does: loads and checks its files, shows its offers, and leads through lessons."""
