"""What the client raises when a request fails, is cancelled, or takes too long."""

import json
import sys
import time

import fal_client

APP = "fal-ai/heygen/avatar4/image-to-video"
photo, no_face, long_prompt = sys.argv[1:4]
long = {"image_url": photo, "prompt": long_prompt, "resolution": "540p"}


def error_of(call):
    started = time.monotonic()
    try:
        return {"raised": None, "value": call()}
    except fal_client.FalClientHTTPError as error:
        return {
            "raised": type(error).__name__,
            "status_code": error.status_code,
            "message": error.message,
            "text": str(error),
            "error_type": error.error_type,
            "headers": error.response_headers,
            "body": error.response.json(),
            "seconds": time.monotonic() - started,
        }
    except fal_client.FalClientTimeoutError as error:
        return {
            "raised": type(error).__name__,
            "request_id": error.request_id,
            "seconds": time.monotonic() - started,
        }


def wait_for(request_id, state):
    while type(fal_client.status(APP, request_id)) is not state:
        time.sleep(0.05)


def ended(request_id):
    wait_for(request_id, fal_client.Completed)
    return vars(fal_client.status(APP, request_id))


# A photo without a face, by queue and at once.
ids = []
faceless = error_of(lambda: fal_client.subscribe(APP, {"image_url": no_face}, on_enqueue=ids.append))
faceless_status = vars(fal_client.status(APP, ids[0]))
faceless_run = error_of(lambda: fal_client.run(APP, {"image_url": no_face}))

# Cancelling what runs, what is over, and what never was.
handle = fal_client.submit(APP, long)
wait_for(handle.request_id, fal_client.InProgress)
first_cancel = error_of(handle.cancel)
cancelled = ended(handle.request_id)
second_cancel = error_of(lambda: fal_client.cancel(APP, handle.request_id))
cancelled_result = error_of(handle.get)
unknown_cancel = error_of(lambda: fal_client.cancel(APP, "00000000-0000-4000-8000-000000000000"))

# The client gives up, and what it waited for is stopped.
given_up = error_of(lambda: fal_client.subscribe(APP, long, start_timeout=60, client_timeout=3))
given_up_status = ended(given_up["request_id"])

# The only renderer is busy, so the request does not start in time.
freed = time.monotonic()
busy = fal_client.submit(APP, long)
wait_for(busy.request_id, fal_client.InProgress)
seconds_until_next_start = time.monotonic() - freed
late = error_of(lambda: fal_client.run(APP, {"image_url": photo}, start_timeout=2))
late_in_queue = error_of(lambda: fal_client.subscribe(APP, {"image_url": photo}, start_timeout=2))
busy.cancel()

print(
    json.dumps(
        {
            "faceless": faceless,
            "faceless_status": faceless_status,
            "faceless_run": faceless_run,
            "first_cancel": first_cancel,
            "cancelled": cancelled,
            "second_cancel": second_cancel,
            "cancelled_result": cancelled_result,
            "unknown_cancel": unknown_cancel,
            "given_up": given_up,
            "given_up_status": given_up_status,
            "seconds_until_next_start": seconds_until_next_start,
            "late": late,
            "late_in_queue": late_in_queue,
        }
    )
)
