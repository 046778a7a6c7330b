/** Turns written words into sounds. */
export type Phonemizer = {
  /**
   * What each word sounds like.
   *
   * @param text - words separated by single spaces; a word may end in `,` `.` `?` or `!`
   * @param language - BCP 47 tag, `en-US`, `de`
   * @returns IPA of each word, in the order of `text.split(" ")`, with stress marks and without spaces; empty for a
   *   word that is not said
   * @throws CancelledError when the signal fires.
   * @throws DeadlineError, EngineError when the engine hangs or fails.
   */
  phonemize(text: string, language: string, signal?: AbortSignal): Promise<readonly string[]>;
  /** Ends the engine's process. Calls after this are refused. */
  close(): Promise<void>;
};
