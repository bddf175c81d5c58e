// caret of the judging page.
