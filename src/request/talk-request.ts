/** The five resolution presets of the model. */
export const RESOLUTIONS = ["360p", "480p", "540p", "720p", "1080p"] as const;
/** The six aspect ratios of the model. */
export const ASPECT_RATIOS = ["16:9", "9:16", "1:1", "4:5", "5:4", "auto"] as const;
/** How much the person moves. */
export const TALKING_STYLES = ["stable", "expressive"] as const;

/** Containers of the video. `webm` and `mov` can be transparent. */
export const OUTPUT_FORMATS = ["mp4", "webm", "mov"] as const;

/** How captions look: `plain`, or with the word that is being said in another colour. */
export const CAPTION_STYLES = ["plain", "highlight"] as const;

/** Files that can be made beside the video: subtitles as SRT and WebVTT, a still, and two kinds of moving preview. */
export const EXTRA_OUTPUTS = ["srt", "vtt", "poster", "gif", "webp"] as const;

/** Name of a size, by the short side of a 16:9 video. */
export type Resolution = (typeof RESOLUTIONS)[number];
/** Shape of the video; `auto` keeps the shape of the photo. */
export type AspectRatio = (typeof ASPECT_RATIOS)[number];
/** How much the person moves: `stable` little, `expressive` more. */
export type TalkingStyle = (typeof TALKING_STYLES)[number];

/** Container of the video; one of {@link OUTPUT_FORMATS}. */
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];
/** One of the {@link CAPTION_STYLES}. */
export type CaptionStyle = (typeof CAPTION_STYLES)[number];
/** One of the {@link EXTRA_OUTPUTS}. */
export type ExtraOutput = (typeof EXTRA_OUTPUTS)[number];

/** What each extra output is called in the output of a request, beside `video`. */
export const EXTRA_OUTPUT_KEYS = {
  srt: "caption_file",
  vtt: "caption_file_vtt",
  poster: "poster",
  gif: "preview_gif",
  webp: "preview_webp",
} as const satisfies Record<ExtraOutput, string>;

/** What stands behind the person instead of the photo's own background. */
export type Background = { readonly type: "color" | "image" | "video"; readonly value: string };

/**
 * One validated request, in our own spelling. Blank text has become `null`.
 * Without `prompt` and `audio` the result is a living portrait.
 */
export type TalkRequest = {
  /** Photo: http(s) URL, `data:` URI, or (command line only) a path. */
  readonly image: string;
  /** Text to be spoken. */
  readonly prompt: string | null;
  readonly voice: string | null;
  /** Recording that overrides prompt and voice; same forms as `image`. */
  readonly audio: string | null;
  readonly talkingStyle: TalkingStyle;
  readonly expression: string | null;
  readonly background: Background | null;
  readonly resolution: Resolution;
  readonly aspectRatio: AspectRatio;
  readonly caption: boolean;
  /** Inputs that the hosted model does not have. */
  readonly extras: RequestExtras;
};

/** Inputs that the hosted model does not have. */
export type RequestExtras = {
  /** BCP 47 tag of the prompt's language; `null` to find it out. */
  readonly language: string | null;
  /** The same seed gives the same video. */
  readonly seed: number;
  /**
   * `mp4` is H.264. `webm` (VP9) and `mov` (ProRes 4444) are transparent behind the person, unless there is a
   * `background`.
   */
  readonly outputFormat: OutputFormat;
  /** `cover` crops a photo of another shape, `contain` keeps all of it; `null` lets the framing choose. */
  readonly fit: "cover" | "contain" | null;
  readonly captionStyle: CaptionStyle;
  /** Whether the captions are also in the file as a track of text that players can show. */
  readonly captionTrack: boolean;
  /** Files to be made beside the video, each at most once. */
  readonly extraOutputs: readonly ExtraOutput[];
  /** Whether the video can be played while it is still being made. */
  readonly progressive: boolean;
};
