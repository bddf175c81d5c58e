// marks of the judging page.
