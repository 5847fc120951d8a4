"""What quizzes does: brings question files into rows, keeps attempts, shows sheets and results."""
