"""A file over 100 MiB, which the client sends in parts, several at a time and in no order."""

import hashlib
import json
import os
import sys
import tempfile

import fal_client
import httpx

MEBIBYTE = 1024 * 1024
size = int(sys.argv[1]) * MEBIBYTE + 17

sent = hashlib.sha256()
with tempfile.NamedTemporaryFile(suffix=".wav", delete=False) as file:
    block = bytes(range(256)) * (MEBIBYTE // 256)
    written = 0
    while written < size:
        piece = (written.to_bytes(8, "big") + block)[: min(MEBIBYTE, size - written)]
        file.write(piece)
        sent.update(piece)
        written += len(piece)
try:
    url = fal_client.upload_file(file.name)
finally:
    os.unlink(file.name)

received = hashlib.sha256()
count = 0
with httpx.stream("GET", url) as answer:
    for piece in answer.iter_bytes():
        received.update(piece)
        count += len(piece)
    content_type = answer.headers["content-type"]
print(
    json.dumps(
        {
            "url": url,
            "bytes": count,
            "expected_bytes": size,
            "type": content_type,
            "same": sent.digest() == received.digest(),
        }
    )
)
