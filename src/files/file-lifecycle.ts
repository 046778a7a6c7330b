/** What happens when somebody other than the owner asks for a file: it is sent, refused (403), or not there (404). */
export type FileAccess = "allow" | "forbid" | "hide";

/** How long a file lives and who may fetch it: fal's object lifecycle, in our spelling. */
export type FileLifecycle = {
  /** Seconds; null: as long as the server keeps files. */
  readonly expiresAfter: number | null;
  readonly access: FileAccess;
  /** Exceptions for single users (key ids). */
  readonly rules: readonly { readonly user: string; readonly decision: FileAccess }[];
};
