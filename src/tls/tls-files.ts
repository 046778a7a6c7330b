import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { ParlanteError } from "../shared/errors.js";
import { FAL_NAMES } from "../shared/fal-names.js";
import {
  authorityName,
  type CertifiedKey,
  makeAuthority,
  makeServerCertificate,
  mayVouchFor,
} from "./certificate.js";
import { type HostName, hostNameText, parseHostName } from "./host-name.js";

/** What the server needs to speak TLS, as PEM. */
export type TlsMaterial = {
  /** The server's certificate. */
  readonly cert: string;
  readonly key: string;
};

/** What `parlante tls init` has made or found. */
export type TlsState = {
  /** The file that callers have to trust. */
  readonly authorityFile: string;
  /** All names and addresses that the server's certificate is for. */
  readonly hosts: readonly string[];
  readonly expiresAt: Date;
  /** Callers have to trust the file anew. */
  readonly isNewAuthority: boolean;
  readonly isNewCertificate: boolean;
};

/** Always in the certificate: what leads here in any of the ways that callers have. */
const OWN_HOSTS = [...FAL_NAMES, "localhost", "queue.localhost", "127.0.0.1", "::1"];

const DAY_MS = 24 * 3600 * 1000;
const AUTHORITY_DAYS = 3650;
/** Some systems refuse certificates of servers that hold for more than 825 days. */
const SERVER_DAYS = 820;
/** A certificate with less than this is made anew. */
const RENEW_DAYS = 120;
/** For clocks that are behind ours. */
const BACKDATED_MS = 3600 * 1000;

/** Certificate and key in one file each, so that they can only change together. */
const AUTHORITY = "authority.pem";
const SERVER = "server.pem";
/** The authority's certificate alone. */
const FOR_CALLERS = "ca.pem";

/**
 * Makes sure that there are an authority and a certificate for the names, keeping what still holds.
 *
 * @param names - further names and addresses; those of an earlier certificate stay in
 * @throws {@link ParlanteError} for a name that is none, or files that cannot be read or written
 */
export async function initTls(dir: string, names: readonly string[], now = new Date()): Promise<TlsState> {
  const wanted = names.map(parseHostName);
  await inDirectory(dir, () => mkdir(dir, { recursive: true, mode: 0o700 }));
  const known = await readPair(dir, SERVER);
  const hosts = uniqueHosts([...OWN_HOSTS.map(parseHostName), ...namesOf(known), ...wanted]);

  const found = await readPair(dir, AUTHORITY);
  const isNewAuthority =
    found === null ||
    daysLeft(found, now) < RENEW_DAYS ||
    !hosts.every((host) => mayVouchFor(found.cert, host));
  const authority = isNewAuthority ? makeAuthority(hosts, validity(now, AUTHORITY_DAYS)) : found;
  const isNewCertificate =
    isNewAuthority ||
    known === null ||
    daysLeft(known, now) < RENEW_DAYS ||
    !covers(known, hosts) ||
    !isFrom(known, authority);
  const server = isNewCertificate ? vouch(authority, hosts, now) : known;

  await inDirectory(dir, async () => {
    if (isNewAuthority) await writePair(dir, AUTHORITY, authority);
    if (isNewCertificate) await writePair(dir, SERVER, server);
    await writeWhole(join(dir, FOR_CALLERS), authority.cert);
  });
  return {
    authorityFile: join(dir, FOR_CALLERS),
    hosts: hosts.map(hostNameText),
    expiresAt: new Date(new X509Certificate(server.cert).validTo),
    isNewAuthority,
    isNewCertificate,
  };
}

/**
 * The certificate of this server, renewed when it is about to expire.
 *
 * @returns null when none was ever made
 * @throws {@link ParlanteError} when the files cannot be read or do not belong together
 */
export async function loadTls(dir: string, now = new Date()): Promise<TlsMaterial | null> {
  const server = await readPair(dir, SERVER);
  if (server === null) return null;
  if (daysLeft(server, now) >= RENEW_DAYS) return server;
  const authority = await readPair(dir, AUTHORITY);
  // Without its authority, or with one that is as old, renewing would need callers to trust a new one.
  if (authority === null || daysLeft(authority, now) <= daysLeft(server, now)) return server;
  const renewed = vouch(authority, namesOf(server), now);
  await inDirectory(dir, () => writePair(dir, SERVER, renewed));
  return renewed;
}

function vouch(authority: CertifiedKey, hosts: readonly HostName[], now: Date): CertifiedKey {
  const key = createPrivateKey(authority.key);
  const days = Math.min(SERVER_DAYS, Math.floor(daysLeft(authority, now)));
  return makeServerCertificate(hosts, validity(now, days), { subject: authorityName(key), key });
}

function validity(now: Date, days: number): { from: Date; until: Date } {
  return {
    from: new Date(now.getTime() - BACKDATED_MS),
    until: new Date(now.getTime() + days * DAY_MS - BACKDATED_MS),
  };
}

function daysLeft({ cert }: CertifiedKey, now: Date): number {
  return (Date.parse(new X509Certificate(cert).validTo) - now.getTime()) / DAY_MS;
}

function namesOf(pair: CertifiedKey | null): HostName[] {
  const text = pair === null ? "" : (new X509Certificate(pair.cert).subjectAltName ?? "");
  return text
    .split(", ")
    .map((entry) => entry.replace(/^(?:DNS|IP Address):/, ""))
    .filter((entry) => entry !== "")
    .map(parseHostName);
}

function uniqueHosts(hosts: readonly HostName[]): HostName[] {
  return [...new Map(hosts.map((host) => [hostNameText(host), host])).values()];
}

function covers(pair: CertifiedKey, hosts: readonly HostName[]): boolean {
  const known = new Set(namesOf(pair).map(hostNameText));
  return hosts.every((host) => known.has(hostNameText(host)));
}

function isFrom(server: CertifiedKey, authority: CertifiedKey): boolean {
  const issuer = new X509Certificate(authority.cert);
  const cert = new X509Certificate(server.cert);
  return cert.checkIssued(issuer) && cert.verify(issuer.publicKey);
}

/** @returns null when there is no such file */
async function readPair(dir: string, name: string): Promise<CertifiedKey | null> {
  const path = join(dir, name);
  const text = await inDirectory(dir, () =>
    readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return null;
      throw error;
    }),
  );
  if (text === null) return null;
  const cert = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/.exec(text)?.[0];
  const key = /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----\n?/.exec(text)?.[0];
  try {
    if (cert !== undefined && key !== undefined) {
      if (new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) return { cert, key };
    }
  } catch {
    // Unreadable is as bad as missing.
  }
  throw new ParlanteError(
    "bad_certificate",
    `${path} does not hold a certificate and its key. Remove the file and run "parlante tls init" again.`,
    500,
    false,
  );
}

function writePair(dir: string, name: string, { cert, key }: CertifiedKey): Promise<void> {
  return writeWhole(join(dir, name), cert + key);
}

/** The file has its new content or the old one, never half. Only its owner can read it. */
async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  await rm(temporary, { force: true });
  const file = await open(temporary, "wx", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

/** Says which directory cannot be used, and why. */
async function inDirectory<Result>(dir: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new ParlanteError(
      "bad_directory",
      `Certificates in ${dir} cannot be read or written (${reason}). Choose another directory with --dir or PARLANTE_DATA, or change its owner.`,
      500,
      false,
      { cause },
    );
  }
}
