"""The package's version; programs of the same major and minor version are accepted."""

VERSION = "0.1.0"
