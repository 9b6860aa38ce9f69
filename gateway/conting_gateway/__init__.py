"""The gateway: waiting room, orders, passes and gate over HTTP."""
