import { AccessError, CapacityError, type ParlanteError } from "../../shared/errors.js";
import { isFalName } from "../../shared/fal-names.js";

/**
 * Why somebody who asked with `CONNECT` for a tunnel does not get one; null when it may be had.
 *
 * A tunnel never leads anywhere else: it ends here, where we speak TLS under the name that was asked for.
 *
 * @param target - as in the request line, `host:port`
 */
export function refuseTunnel(target: string, hasTls: boolean): ParlanteError | null {
  const [, name, port] = /^([^:]+):(\d+)$/.exec(target.toLowerCase()) ?? [];
  if (name === undefined || !isFalName(name) || port !== "443")
    return new AccessError(
      `This server opens tunnels to port 443 of fal's names only, not to "${target.slice(0, 100)}". Name other hosts in NO_PROXY.`,
      403,
    );
  if (hasTls) return null;
  return new CapacityError(
    "tls_required",
    'This server has no certificate for fal\'s names. Make one with "parlante tls init" and start it again.',
    503,
  );
}
