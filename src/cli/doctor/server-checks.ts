import { X509Certificate } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { createServer, isIPv6 } from "node:net";
import { join } from "node:path";
import { type Finding, fail, ok, reasonOf, warn } from "./finding.js";

const ANSWER_TIMEOUT_MS = 3000;
/** Receivers of webhooks refuse signatures that are older or younger. */
const WEBHOOK_TOLERANCE_SECONDS = 300;
const CLOCK_WARNING_SECONDS = 5;
const DAY_MS = 86_400_000;
const EXPIRES_SOON_DAYS = 30;

/** Whether the address can be listened on, or our own server answers there. */
export async function checkPort(host: string, port: number): Promise<Finding> {
  if (port === 0) return ok("port", "any free port will be taken");
  const code = await tryToListen(host, port);
  const address = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  switch (code) {
    case null:
      return ok("port", `${address} is free`);
    case "EADDRINUSE": {
      const version = await versionAt(host, port);
      return version === null
        ? fail(
            "port",
            `${address} is taken by another program`,
            "Set PORT to another port, or end that program.",
          )
        : ok("port", `Parlante ${version} is running at ${address}`);
    }
    case "EACCES":
      return fail("port", `${address} needs more rights`, "Set PORT to 1024 or above, or allow this one.");
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return fail(
        "port",
        `${host} is no address of this machine`,
        "Set HOST to 127.0.0.1, 0.0.0.0 or one of its own.",
      );
    default:
      return fail(
        "port",
        `${address} cannot be listened on (${code})`,
        "Set HOST and PORT to something else.",
      );
  }
}

function tryToListen(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}

/** Version of the Parlante that answers there; null when something else does, or nothing. */
async function versionAt(host: string, port: number): Promise<string | null> {
  const name = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "[::1]" : isIPv6(host) ? `[${host}]` : host;
  try {
    const answer = await fetch(`http://${name}:${port}/healthz`, {
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
      redirect: "error",
    });
    const body = (await answer.json()) as { status?: unknown; version?: unknown };
    return body.status === "ok" && typeof body.version === "string" ? body.version : null;
  } catch {
    return null;
  }
}

/** Certificates in the data directory: whether they can be read, and until when they hold. */
export async function checkTls(dataDir: string, now: Date): Promise<readonly Finding[]> {
  const directory = join(dataDir, "tls");
  const cure = "Make new ones with: parlante tls init";
  if (!existsSync(directory))
    return [ok("tls", 'no certificates; "parlante tls init" makes some, for clients that insist on https')];
  const names = (await readdir(directory)).filter((name) => /\.(?:pem|crt|cert)$/.test(name)).sort();
  const findings: Finding[] = [];
  for (const name of names) {
    const path = join(directory, name);
    let text: string;
    try {
      text = await readFile(path, "utf8");
    } catch (error) {
      findings.push(
        fail("tls", `${path} cannot be read: ${reasonOf(error)}`, "Give the server read access to it."),
      );
      continue;
    }
    if (!text.includes("BEGIN CERTIFICATE")) continue;
    findings.push(certificateFinding(path, text, now, cure));
  }
  return findings.length > 0 ? findings : [warn("tls", `there is no certificate in ${directory}`, cure)];
}

function certificateFinding(path: string, text: string, now: Date, cure: string): Finding {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(text);
  } catch (error) {
    return fail("tls", `${path} is no certificate: ${reasonOf(error)}`, cure);
  }
  const [from, until] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  const day = new Date(until).toISOString().slice(0, 10);
  if (until < now.getTime()) return fail("tls", `${path} expired on ${day}`, cure);
  if (from > now.getTime())
    return fail("tls", `${path} is not valid yet`, "Set the clock of this machine right.");
  const days = Math.floor((until - now.getTime()) / DAY_MS);
  if (days < EXPIRES_SOON_DAYS) return warn("tls", `${path} expires in ${days} days`, cure);
  return ok("tls", `${path} is valid until ${day}`);
}

/** Whether other machines could get in without a key. */
export function checkKeys(host: string, isLocal: boolean, activeKeys: number): Finding {
  if (activeKeys > 0) return ok("keys", `${activeKeys} ${activeKeys === 1 ? "key works" : "keys work"}`);
  if (isLocal) return ok("keys", `none needed: only this machine can reach ${host}`);
  return fail(
    "keys",
    `HOST=${host} lets other machines in, and there is no key: the server will not start`,
    "Make one with: parlante keys create --name NAME; or set HOST=127.0.0.1.",
  );
}

/**
 * Whether the clock is right, as far as that can be told without asking a stranger.
 *
 * @param databaseTime - of an external database; null when it has our clock
 * @param madeAt - when this program was made: no clock that is right shows an earlier time
 */
export function checkClock(now: Date, databaseTime: Date | null, madeAt: Date): Finding {
  const cure =
    "Set the clock, and let NTP keep it right: webhooks are refused when it is off by five minutes.";
  if (now < madeAt) return fail("clock", `it shows ${now.toISOString()}, which is past`, cure);
  if (databaseTime === null) return ok("clock", now.toISOString());
  const apart = Math.abs(now.getTime() - databaseTime.getTime()) / 1000;
  const fact = `${apart.toFixed(1)} s apart from the database's`;
  if (apart > WEBHOOK_TOLERANCE_SECONDS) return fail("clock", fact, cure);
  return apart > CLOCK_WARNING_SECONDS ? warn("clock", fact, cure) : ok("clock", fact);
}
