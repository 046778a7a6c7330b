/** One type of error that an answer can carry. */
export type ErrorEntry = {
  readonly type: string;
  readonly status: number;
  /** Whether the same request may succeed later; `either`: the header `X-Fal-Retryable` says so. */
  readonly retryable: "no" | "yes" | "either";
  /** Keys of `ctx`. */
  readonly context: readonly string[];
  readonly meaning: string;
  readonly cure: string;
};

/** Errors of one kind, which look the same on the wire. */
export type ErrorGroup = {
  readonly id: string;
  readonly title: string;
  readonly introduction: string;
  /** A body as an example. */
  readonly example: unknown;
  /** Whether answers carry the type. */
  readonly hasTypes: boolean;
  readonly entries: readonly ErrorEntry[];
};

/** `no` is what most are. */
function entry(
  type: string,
  status: number,
  meaning: string,
  cure: string,
  context: readonly string[] = [],
  retryable: ErrorEntry["retryable"] = "no",
): ErrorEntry {
  return { type, status, retryable, context, meaning, cure };
}

const INPUT_ERRORS: readonly ErrorEntry[] = [
  entry("json_invalid", 422, "The body is no JSON.", "Send a JSON object."),
  entry("missing", 422, "A required field is absent.", "Give the field named in `loc`."),
  entry("string_type", 422, "The value is no text.", "Give a string."),
  entry("bool_type", 422, "The value is neither true nor false.", "Give `true` or `false`."),
  entry("bool_parsing", 422, "The text means neither true nor false.", "Give `true` or `false`."),
  entry("int_type", 422, "The value is no number.", "Give a whole number."),
  entry("int_parsing", 422, "The text is no whole number.", "Give a whole number."),
  entry("int_from_float", 422, "The number has a fractional part.", "Give a whole number."),
  entry("model_attributes_type", 422, "The value is no object.", "Give a JSON object."),
  entry("literal_error", 422, "The value is not one of the choices.", "Use one of `expected`.", ["expected"]),
  entry("one_of", 422, "There is no such voice.", "Use one of `expected`, or none.", ["expected"]),
  entry("greater_than_equal", 422, "The number is too small.", "Give at least `ge`.", ["ge"]),
  entry("less_than_equal", 422, "The number is too large.", "Give at most `le`.", ["le"]),
  entry("string_pattern_mismatch", 422, "The text is not written as it must be.", "Follow `pattern`.", [
    "pattern",
  ]),
  entry("value_error", 422, "The value does not fit the other fields.", "Do what the message says."),
  entry("sequence_too_short", 422, "The text is too short.", "Give at least `min_length` characters.", [
    "min_length",
  ]),
  entry("sequence_too_long", 422, "The text is too long.", "Shorten it, or make several videos.", [
    "max_length",
  ]),
  entry(
    "feature_not_supported",
    422,
    "The hosted model can do this, Parlante cannot yet.",
    "Leave the field out.",
  ),
  entry(
    "file_download_error",
    422,
    "The file could not be fetched.",
    "Check that the URL is public, answers with 200, and is no private address.",
    [],
    "either",
  ),
  entry("file_too_large", 422, "The file is too large.", "Send at most `max_size` bytes.", ["max_size"]),
  entry("image_load_error", 422, "The picture is damaged.", "Open it in an editor and save it again."),
  entry(
    "unsupported_image_format",
    422,
    "The file is no picture that can be read.",
    "Send a JPEG, PNG or WebP.",
    ["supported_formats"],
  ),
  entry("image_too_small", 422, "The photo, or the face in it, has too few pixels.", "Send a larger one.", [
    "min_width",
    "min_height",
  ]),
  entry("image_too_large", 422, "The photo has too many pixels.", "Scale it down.", ["max_resolution"]),
  entry("image_aspect_ratio_error", 422, "The photo is too narrow or too wide.", "Crop it.", [
    "min_aspect_ratio",
    "max_aspect_ratio",
  ]),
  entry(
    "face_detection_error",
    422,
    "No face was found, or it is turned away or hidden.",
    "Send a photo with one clear face that looks into the camera.",
  ),
  entry(
    "unsupported_audio_format",
    422,
    "The file is no recording that can be read.",
    "Send MP3, WAV or M4A.",
    ["supported_formats"],
  ),
  entry(
    "unsupported_video_format",
    422,
    "The file is no video that can be read.",
    "Send MP4, WebM or MOV; a still picture is a background of type `image`.",
    ["supported_formats"],
  ),
  entry("audio_duration_too_long", 422, "The speech is too long.", "Cut it into several videos.", [
    "max_duration",
    "provided_duration",
  ]),
  entry("audio_duration_too_short", 422, "The recording is too short.", "Send a longer one.", [
    "min_duration",
    "provided_duration",
  ]),
  entry(
    "generation_timeout",
    504,
    "Making the video took too long.",
    "Try again, or ask for less.",
    [],
    "yes",
  ),
  entry(
    "internal_server_error",
    500,
    "Something broke inside Parlante.",
    "Try again; the operator finds the request id in the log.",
    [],
    "either",
  ),
  entry(
    "model_damaged",
    500,
    "A voice or a recogniser that was installed on this server is damaged.",
    "Use another voice; the operator removes the model and pulls it again.",
  ),
  entry(
    "model_runtime_missing",
    500,
    "This server has nothing to run neural models with.",
    "Use another voice; the operator installs ONNX Runtime.",
  ),
];

const LINE_ERRORS: readonly ErrorEntry[] = [
  entry("bad_request", 400, "The request itself cannot be read.", "Do what `detail` says."),
  entry("slow_request", 408, "The body came too slowly.", "Send it again over a better line.", [], "yes"),
  entry(
    "concurrent_requests_limit",
    429,
    "The key already has as many sync runs as it may.",
    "Wait for `Retry-After`, or use the queue.",
    [],
    "yes",
  ),
  entry("rate_limit_exceeded", 429, "Too many requests this minute.", "Wait for `Retry-After`.", [], "yes"),
  entry("queue_full", 429, "More wait than `fal_max_queue_length` allows.", "Come back later.", [], "yes"),
  entry("request_timeout", 504, "Work did not begin within the time that you gave.", "Give it more time."),
  entry("client_cancelled", 499, "You cancelled the request.", "Nothing to do."),
  entry("client_disconnected", 499, "You hung up on a sync run.", "Wait for it, or use the queue."),
  entry(
    "live_not_ready",
    503,
    "The video that is to be played while it is made has not begun yet.",
    "Ask for it again.",
    [],
    "yes",
  ),
  entry("server_busy", 503, "Too many large bodies at once.", "Wait for `Retry-After`.", [], "yes"),
  entry("storage_full", 503, "The disk is full.", "The operator must make room.", [], "yes"),
  entry("storage_unavailable", 503, "Files cannot be kept at the moment.", "Try again.", [], "yes"),
  entry("tls_required", 503, "The tunnel needs certificates.", "The operator runs `parlante tls init`."),
  entry("runner_disconnected", 503, "The processes that worked on it died.", "Send it again.", [], "yes"),
  entry(
    "internal_error",
    500,
    "Something broke around the model.",
    "Try again; tell the operator the request id.",
    [],
    "either",
  ),
];

/** Plain ones: no type, only a text. The type here is for the link. */
const PLAIN_ERRORS: readonly ErrorEntry[] = [
  entry("unauthorized", 401, "No key, or an unknown one.", "Send `Authorization: Key …`."),
  entry("forbidden", 403, "The key may not do this, or its budget is spent.", "Use another key."),
  entry("not_found", 404, "There is no such thing, or another key owns it.", "Check the id and the path."),
  entry("method_not_allowed", 405, "The path does not know this method.", "Use one of the header `Allow`."),
];

/** Every type of error, by what its body looks like. */
export const ERROR_GROUPS: readonly ErrorGroup[] = [
  {
    id: "input-errors",
    title: "About the input",
    introduction:
      "What is wrong with the request, or went wrong with it: one entry per problem. A queued request completes " +
      "first; the error is its result. Nothing is billed.",
    example: {
      detail: [
        {
          loc: ["body", "image_url"],
          msg: "Could not detect face in the image",
          type: "face_detection_error",
          url: "https://docs.fal.ai/errors#face_detection_error",
          ctx: {},
          input: "https://example.com/landscape.jpg",
        },
      ],
    },
    hasTypes: true,
    entries: INPUT_ERRORS,
  },
  {
    id: "line-errors",
    title: "On the way",
    introduction:
      "Load, time and connections. The type also stands in the header `X-Fal-Error-Type`, and in the status of a queued request.",
    example: { detail: "Request timed out", error_type: "request_timeout", message: "Request timed out" },
    hasTypes: true,
    entries: LINE_ERRORS,
  },
  {
    id: "plain-errors",
    title: "Who and where",
    introduction: "Keys and addresses: only a text.",
    example: { detail: "invalid key credentials", message: "invalid key credentials" },
    hasTypes: false,
    entries: PLAIN_ERRORS,
  },
];
