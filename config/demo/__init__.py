"""The demonstration province: everything in it is invented and says so, but for the notices of other systems."""
