"""The stages of By What Definition?, in pipeline order: see README.md in this folder."""

__version__ = "0.1.0"
