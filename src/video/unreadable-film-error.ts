/** Says why a file cannot be played as a film; the message completes the sentence "The background video …". */
export class UnreadableFilmError extends Error {
  /** @param cure - what the caller can do, instead of giving a video of a usual format */
  constructor(
    message: string,
    readonly cure?: string,
  ) {
    super(message);
  }
}
