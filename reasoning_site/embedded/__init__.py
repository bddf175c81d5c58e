"""What runs the site on one machine: the PostgreSQL launcher and the process runner."""
