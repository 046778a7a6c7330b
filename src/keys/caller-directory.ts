import type { Database } from "../database/index.js";
import { AccessError } from "../shared/errors.js";
import { checkBudget, countRequest } from "./admission.js";
import { type Caller, type CallerDirectory, SCOPES, type Scope } from "./caller.js";
import { createKeyLookup, type LiveKey } from "./key-lookup.js";
import { matchesHash, parseKeyText } from "./key-text.js";
import { readToken, signToken } from "./tokens.js";

/** What a directory of callers works with. */
export type CallerDirectoryOptions = {
  readonly database: Database;
  /** Signs tokens; the same on all nodes, 32 bytes or more. */
  readonly secret: Uint8Array;
  /** Let everybody in as long as no key was ever made: for a server that only its own machine can reach. */
  readonly allowsKeyless: boolean;
  /** Seconds since 1970. @defaultValue the clock of this machine, and for rate limits that of the database */
  readonly now?: () => number;
  /**
   * Seconds for which a key is believed without asking again: how late a revocation may come.
   *
   * @defaultValue 1
   */
  readonly cacheSeconds?: number;
};

/** The caller of a server without keys. */
const NOBODY: Caller = {
  keyId: "00000000-0000-0000-0000-000000000000",
  name: "without a key",
  scopes: SCOPES,
  authMethod: "none",
};

/** Far above our keys and tokens: longer ones are not looked at. */
const MAX_CREDENTIAL_LENGTH = 4096;

/** Recognises callers by the keys in the database. */
export function createCallerDirectory(options: CallerDirectoryOptions): CallerDirectory {
  const { database, secret, allowsKeyless } = options;
  const now = options.now ?? (() => Date.now() / 1000);
  const lookup = createKeyLookup({ database, memorySeconds: options.cacheSeconds ?? 1, now });
  const noted = new WeakSet<LiveKey>();

  /** Writes the last use down, once a minute at most; that it fails must not keep the caller out. */
  function noteUse(key: LiveKey): void {
    if (!key.isUseOutdated || noted.has(key)) return;
    noted.add(key);
    database.query("update keys set last_used_at = now() where id = $1", [key.id]).catch(() => {});
  }

  async function identifyKey(credential: string): Promise<Caller | null> {
    const text = parseKeyText(credential);
    if (text === null) return null;
    const key = await lookup.find(text.id);
    if (!matchesHash(text.secret, key?.secretHash ?? null) || key === null) return null;
    noteUse(key);
    return { keyId: key.id, name: key.name, scopes: key.scopes, authMethod: "key" };
  }

  async function identifyToken(credential: string): Promise<Caller | null> {
    const keyId = await readToken(credential, secret, now());
    const key = keyId === null ? null : await lookup.find(keyId);
    if (key === null) return null;
    const scopes = key.scopes.filter((scope) => scope === "run");
    return { keyId: key.id, name: key.name, scopes, authMethod: "token" };
  }

  return {
    async identify(authorization, token) {
      if (allowsKeyless && !(await lookup.wasAnyMade())) return NOBODY;
      const credential = readCredential(authorization, token);
      if (credential === null)
        throw new AccessError("Authentication is required to access this application.", 401);
      const caller =
        (await identifyKey(credential.text)) ??
        (credential.mayBeToken ? await identifyToken(credential.text) : null);
      if (caller === null) throw new AccessError("invalid key credentials", 401);
      return caller;
    },
    async admit(caller) {
      if (caller.authMethod === "none") return;
      const key = await lookup.find(caller.keyId);
      if (key === null) throw new AccessError("invalid key credentials", 401);
      await checkBudget(database, key);
      await countRequest(database, key, options.now === undefined ? null : new Date(now() * 1000));
    },
    async issueToken(caller, lifetime) {
      if (caller.authMethod === "token")
        throw new AccessError("A token cannot be used to get another one. Use the key.", 403);
      return signToken(caller.keyId, lifetime, secret, now());
    },
  };
}

/**
 * Lets a caller pass who has a scope.
 *
 * @throws {@link AccessError} 403 naming the scope
 */
export function requireScope(caller: Caller, scope: Scope): void {
  if (!caller.scopes.includes(scope))
    throw new AccessError(
      `This ${caller.authMethod === "token" ? "token" : "key"} lacks the scope "${scope}". Use one made with --scope ${scope}.`,
      403,
    );
}

type Credential = { readonly text: string; readonly mayBeToken: boolean };

/** What the header, or else the query, brings to be recognised by; null when there is nothing. */
function readCredential(authorization: string | undefined, token: string | undefined): Credential | null {
  const header = authorization?.trim() ?? "";
  if (header === "")
    return token === undefined || token === "" ? null : { text: clip(token), mayBeToken: true };
  const [, scheme, text] = /^(\S+)\s+(.*)$/.exec(header) ?? [];
  const kind = scheme?.toLowerCase();
  // An unknown scheme is a wrong key, not a missing one.
  if (kind !== "key" && kind !== "bearer") return { text: "", mayBeToken: false };
  return { text: clip(text!), mayBeToken: kind === "bearer" };
}

function clip(text: string): string {
  return text.length > MAX_CREDENTIAL_LENGTH ? "" : text.trim();
}
