"""The sample that the hosted service publishes for this model, unchanged but for the photo, which comes from outside."""

import json
import sys

import fal_client


def on_queue_update(update):
    if isinstance(update, fal_client.InProgress):
        for log in update.logs:
            print(log["message"])


result = fal_client.subscribe(
    "fal-ai/heygen/avatar4/image-to-video",
    arguments={
        "image_url": sys.argv[1],
    },
    with_logs=True,
    on_queue_update=on_queue_update,
)
print(json.dumps(result))
