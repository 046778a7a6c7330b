import type { IncomingMessage } from "node:http";
import { type FalName, isFalName } from "../../shared/fal-names.js";
import { isLoopbackAddress } from "./loopback.js";

/** The address that a caller used, as far as it can be known. */
export type CallerAddress = {
  readonly scheme: "http" | "https";
  /** Lower case, without port, IPv6 in brackets. */
  readonly name: string;
  /** `:8443`, or nothing when it is the scheme's own. */
  readonly port: string;
  /** What a reverse proxy cuts off in front of our paths, e.g. `/talk`; mostly nothing. */
  readonly prefix: string;
  /** The name, when it is one of the hosted service. */
  readonly falName: FalName | null;
  /** Every name under which somebody on the way called the next one. */
  readonly names: readonly string[];
  /** A proxy says that another machine is calling. */
  readonly comesFromElsewhere: boolean;
};

const HOST = /^(?:[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_.])?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;
const PREFIX = /^(?:\/[\w.~-]+)+$/;

/**
 * Finds out how a caller reached us.
 *
 * What proxies say in `X-Forwarded-*` counts when the connection comes from this machine or the operator trusts it.
 *
 * @param url - the URL of the request as the connection shows it
 */
export function readCallerAddress(incoming: IncomingMessage, url: URL, trustsProxy: boolean): CallerAddress {
  const isTrusted = trustsProxy || isLoopbackAddress(incoming.socket.remoteAddress);
  const claim = (name: string) => (isTrusted ? firstOf(incoming.headers[`x-forwarded-${name}`]) : undefined);

  const claimedScheme = claim("proto")?.toLowerCase();
  const scheme = claimedScheme === "http" || claimedScheme === "https" ? claimedScheme : schemeOf(url);
  const claimedHost = claim("host");
  const hasClaim = claimedHost !== undefined && HOST.test(claimedHost);
  const host = parseHost(scheme, hasClaim ? withPort(claimedHost, claim("port")) : url.host) ?? url;
  const name = host.hostname.replace(/\.$/, "");
  const prefix = claim("prefix")?.replace(/\/+$/, "") ?? "";
  return {
    scheme,
    name,
    port: host.port === "" ? "" : `:${host.port}`,
    prefix: PREFIX.test(prefix) ? prefix : "",
    falName: isFalName(name) ? name : null,
    names: hasClaim ? [name, url.hostname.replace(/\.$/, "")] : [name],
    comesFromElsewhere: forwardedAddresses(incoming).some((address) => !isLoopbackAddress(address)),
  };
}

function firstOf(header: string | string[] | undefined): string | undefined {
  const text = Array.isArray(header) ? header[0] : header;
  return text?.split(",", 1).at(0)?.trim() || undefined;
}

function schemeOf(url: URL): "http" | "https" {
  return url.protocol === "https:" ? "https" : "http";
}

function withPort(host: string, port: string | undefined): string {
  return /:\d+$/.test(host) || port === undefined || !/^\d{1,5}$/.test(port) ? host : `${host}:${port}`;
}

function parseHost(scheme: string, host: string): URL | null {
  try {
    return new URL(`${scheme}://${host}`);
  } catch {
    return null;
  }
}

/** All that a proxy names as the caller's address; whoever can set it could also have left it out, so it only ever takes rights away. */
function forwardedAddresses(incoming: IncomingMessage): string[] {
  const header = incoming.headers["x-forwarded-for"];
  const text = Array.isArray(header) ? header.join(",") : (header ?? "");
  return text
    .split(",")
    .map((entry) => entry.trim().replace(/^\[(.*)\](?::\d+)?$/, "$1"))
    .filter((entry) => entry !== "");
}
