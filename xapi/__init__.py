"""The statement store: keeps every LearningEvent as an xAPI statement, and serves /xapi."""
