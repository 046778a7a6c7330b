import { AccessError } from "../../shared/errors.js";
import { isFalName } from "../../shared/fal-names.js";
import type { CallerAddress } from "./caller-address.js";
import { isLoopbackName } from "./loopback.js";

const CURE = 'Make a key with "parlante keys create --name me" and send it as "Authorization: Key …".';

/**
 * Without keys, only this machine may call. Listening on loopback keeps other machines out but not their web pages,
 * which run in a browser here: they call us directly, or under a name of theirs that they let point to 127.0.0.1.
 *
 * @param boundHost - the address that is listened on
 * @throws {@link AccessError} 403 saying how to get in
 */
export function assertCalledFromHere(address: CallerAddress, boundHost: string): void {
  const foreign = address.names.find(
    (name) => !isLoopbackName(name) && !isFalName(name) && name !== boundHost.toLowerCase(),
  );
  if (foreign !== undefined)
    throw new AccessError(
      `This server has no keys and answers only under names of this machine, not "${foreign.slice(0, 100)}". ${CURE}`,
      403,
    );
  if (address.comesFromElsewhere)
    throw new AccessError(
      `This server has no keys and answers only callers on this machine, not those behind a proxy. ${CURE}`,
      403,
    );
}
