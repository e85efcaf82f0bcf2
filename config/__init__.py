"""Config: the only place that knows every package: settings, addresses, streams, the clock's table, commands."""
