"""The client for asyncio, and two requests of one program at a time."""

import asyncio
import json
import sys

import fal_client

APP = "fal-ai/heygen/avatar4/image-to-video"


async def main():
    url = await fal_client.upload_file_async(sys.argv[1])
    arguments = {"image_url": url, "prompt": "Hi.", "resolution": "360p"}
    messages = []

    async def on_queue_update(update):
        if isinstance(update, fal_client.Completed):
            messages.extend(log["message"] for log in update.logs)

    subscribed, ran = await asyncio.gather(
        fal_client.subscribe_async(APP, arguments, with_logs=True, on_queue_update=on_queue_update),
        fal_client.run_async(APP, arguments),
    )
    print(json.dumps({"url": url, "messages": messages, "subscribed": subscribed, "ran": ran}))


asyncio.run(main())
