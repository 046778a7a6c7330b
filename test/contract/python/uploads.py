"""Every way in which the client brings a file here, and a data URI, which needs no upload."""

import json
import sys

import fal_client
import httpx

APP = "fal-ai/heygen/avatar4/image-to-video"
path = sys.argv[1]
with open(path, "rb") as file:
    data = file.read()

urls = {
    "file": fal_client.upload_file(path),
    "bytes": fal_client.upload(data, "image/png"),
    "lifecycle": fal_client.upload(
        data, "image/png", "short.png", lifecycle=fal_client.StorageSettings(expires_in="immediate")
    ),
    "storage": fal_client.upload(data, "image/png", "stored.png", repository="fal"),
}
# What the client does when the first way fails: here it finds nothing at the address where it uploads.
fal_client.client.CDN_URL = fal_client.client.REST_URL
urls["fallback"] = fal_client.upload_file(path)

read = {}
for name, url in urls.items():
    answer = httpx.get(url)
    read[name] = {
        "status": answer.status_code,
        "type": answer.headers.get("content-type"),
        "same": answer.content == data,
    }

short = {"prompt": "Hi.", "resolution": "360p"}
outputs = {
    name: fal_client.run(APP, {**short, "image_url": image})
    for name, image in {
        "file": urls["file"],
        "encoded": fal_client.encode_file(path),
    }.items()
}
print(json.dumps({"urls": urls, "read": read, "outputs": outputs}))
