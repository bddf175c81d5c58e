// steps of the judging page.
