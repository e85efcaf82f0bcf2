"""Realtime: carries events to browsers. The event row is the truth; the channel layer only says "there is news".

Owns: Stream, Event, the hub, the one WebSocket consumer.
Others may call: services.push; they authorise in their own `access`, this package only carries.
"""
