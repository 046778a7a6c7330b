import type { FileLinks } from "../fal/answers.js";
import type { IntakeParts } from "../fal/take-request.js";

/** What sync runs need. */
export type RunParts = IntakeParts & { readonly files: FileLinks };
