"""Storage: bytes by name, in files or in an S3 store; resumable uploads.

Owns: Upload, Scan.   Others may call: storage.uploads, storage.scanning, storage.serving.
"""
