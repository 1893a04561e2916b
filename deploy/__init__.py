"""How Zhijie is installed and run: migrations, container files, service units."""
