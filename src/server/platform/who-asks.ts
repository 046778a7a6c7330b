import type { Caller } from "../../keys/index.js";
import { AccessError } from "../../shared/errors.js";
import type { RequestContext } from "../surface.js";

/**
 * The caller, with the scope `admin` or else `run`.
 *
 * @throws {@link AccessError} 401 when unknown, 403 with neither
 */
export async function identifyAny(request: RequestContext): Promise<Caller> {
  try {
    return await request.authenticate("admin");
  } catch (error) {
    if (!(error instanceof AccessError && error.status === 403)) throw error;
    return request.authenticate("run");
  }
}
