"""The main job on a running demonstration, as its users would do it: only HTTP and WebSocket, nothing through the ORM."""
