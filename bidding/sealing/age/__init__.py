"""The age v1 file format (C2SP age): reader and writer, X25519, hybrid post-quantum and scrypt recipients.

Others may call: `files.encrypt`, `files.decrypt`, their `_file` forms, `files.inspect`, `recipients.parse_*`.
"""
