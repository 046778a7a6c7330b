import { isIP } from "node:net";
import { domainToASCII } from "node:url";
import ipaddr from "ipaddr.js";
import { ParlanteError } from "../shared/errors.js";

/** A name or an address that a certificate can be for. */
export type HostName =
  | { readonly kind: "name"; readonly text: string }
  | { readonly kind: "address"; readonly bytes: Buffer };

const NAME = /^(?:\*\.)?(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Reads a host name, also with `*.` in front, or an address, IPv6 with or without brackets.
 *
 * @throws {@link ParlanteError} `bad_host_name`
 */
export function parseHostName(text: string): HostName {
  const bare = text.trim().replace(/^\[(.*)\]$/, "$1");
  if (isIP(bare) !== 0) return { kind: "address", bytes: Buffer.from(ipaddr.parse(bare).toByteArray()) };
  const isWildcard = bare.startsWith("*.");
  const ascii = domainToASCII(isWildcard ? bare.slice(2) : bare);
  const name = (isWildcard ? `*.${ascii}` : ascii).replace(/\.$/, "");
  if (name.length <= 253 && NAME.test(name)) return { kind: "name", text: name };
  throw new ParlanteError(
    "bad_host_name",
    `"${text.slice(0, 100)}" is no host name and no address. Give names without port and path, e.g. talk.example.com or 192.168.1.20.`,
    422,
    false,
  );
}

/** As in a certificate's list of names. */
export function hostNameText(host: HostName): string {
  return host.kind === "name" ? host.text : ipaddr.fromByteArray([...host.bytes]).toString();
}
