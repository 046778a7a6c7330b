"""run, submit and everything that a handle can do."""

import json
import sys

import fal_client
import httpx

APP = "fal-ai/heygen/avatar4/image-to-video"
arguments = {"image_url": sys.argv[1], "prompt": "Hi.", "resolution": "360p"}

ran = fal_client.run(APP, arguments)

handle = fal_client.submit(APP, arguments, priority="low", hint="warm")
events = []
for event in handle.iter_events(with_logs=True):
    events.append({"state": type(event).__name__, **vars(event)})
output = handle.get()
video = httpx.get(output["video"]["url"])

plain = fal_client.status(APP, handle.request_id)
told = fal_client.status(APP, handle.request_id, with_logs=True)

without_logs = []
subscribed = fal_client.subscribe(
    APP,
    arguments,
    with_logs=False,
    on_enqueue=lambda request_id: without_logs.append(request_id),
    on_queue_update=lambda update: without_logs.append(type(update).__name__),
)

print(
    json.dumps(
        {
            "ran": ran,
            "request_id": handle.request_id,
            "urls": [handle.response_url, handle.status_url, handle.cancel_url],
            "events": events,
            "output": output,
            "again": fal_client.result(APP, handle.request_id),
            "video": {"bytes": len(video.content), "type": video.headers["content-type"]},
            "plain": vars(plain),
            "told": vars(told),
            "without_logs": without_logs,
            "subscribed": subscribed,
        }
    )
)
