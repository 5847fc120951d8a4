"""quizzes: answers kept as given, handed in once, marked on the server."""
