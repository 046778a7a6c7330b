import { type Captions, drawableCaptions, makeCaptions } from "../captions/index.js";
import { FRAME_RATE } from "../performance/index.js";
import type { TalkRequest } from "../request/index.js";
import type { PaintedCaptions } from "./media-messages.js";
import type { SpeechTimeline } from "./talk-result.js";

/** Captions of one talk. */
export type PreparedCaptions = {
  /** The text, for files and tracks. There always is one, whether or not it was asked for. */
  readonly captions: Captions;
  /** What is painted on the picture; `null` where nothing is. */
  readonly painted: PaintedCaptions | null;
  /** Only of what was asked for. */
  readonly warnings: readonly string[];
};

/** Captions of what is said, and what of them the request wants to be seen. */
export function prepareCaptions(
  { caption, extras }: Pick<TalkRequest, "caption" | "extras">,
  speech: SpeechTimeline,
): PreparedCaptions {
  const captions = makeCaptions(speech, { frameRate: FRAME_RATE });
  const { captionStyle: style, captionTrack, extraOutputs } = extras;
  const isAsked = caption || captionTrack || extraOutputs.includes("srt") || extraOutputs.includes("vtt");
  if (!caption) return { captions, painted: null, warnings: isAsked ? captions.warnings : [] };
  const { cues, warnings } = drawableCaptions(captions);
  return { captions, painted: cues.length === 0 ? null : { cues, style }, warnings };
}
