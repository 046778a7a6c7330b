/** What a key may do: make videos, upload files, see usage and delete payloads. */
export const SCOPES = ["run", "files", "admin"] as const;
/** One of the {@link SCOPES}. */
export type Scope = (typeof SCOPES)[number];

/** Who sent a request. */
export type Caller = {
  readonly keyId: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** How it was recognised: `key`, `token`, or `none` on a server without keys. */
  readonly authMethod: "key" | "token" | "none";
};

/** Recognises callers. */
export interface CallerDirectory {
  /**
   * @param authorization - the header `Authorization`: `Key id:secret`, or `Bearer` with a key or one of our tokens
   * @param token - the query parameter `fal_jwt_token`
   * @throws {@link AccessError} 401 when nobody is known by this, or a key is needed and missing
   */
  identify(authorization: string | undefined, token: string | undefined): Promise<Caller>;
  /**
   * Counts one request against the key's rate limit and budget.
   *
   * @throws {@link CapacityError} 429 beyond the rate; {@link AccessError} 403 when the budget is spent
   */
  admit(caller: Caller): Promise<void>;
  /** A token for browsers that do not hold the key, valid for so many seconds. */
  issueToken(caller: Caller, lifetime: number): Promise<string>;
}
