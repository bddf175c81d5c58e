"""Other ways to do what is measured."""
