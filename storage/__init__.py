"""Storage: bytes by name, in files or in an S3 store; resumable uploads.

Owns: Blob, Store, Lock (protocols) and their two back ends.   Others may call: storage.stores, storage.uploads.
"""
