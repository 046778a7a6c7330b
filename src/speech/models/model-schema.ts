import { z } from "zod";
import type { ModelEntry } from "./model.js";

/** What an id may look like; it becomes the name of a directory. */
export const MODEL_ID = /^[A-Za-z0-9][A-Za-z0-9_.+-]{0,99}$/;
/** Written beside a model's files; no file of a model may have its name. */
export const MANIFEST_NAME = "model.json";

const hash = (length: number) => z.string().regex(new RegExp(`^[0-9a-f]{${length}}$`));

const modelFile = z.strictObject({
  name: z
    .string()
    .regex(MODEL_ID)
    .refine((name) => name !== MANIFEST_NAME && !/\.(?:etag|lock)$/.test(name)),
  url: z.url({ protocol: /^https?$/ }),
  sizeBytes: z.int().positive(),
  sha256: hash(64).exactOptional(),
  md5: hash(32).exactOptional(),
});

/** Model entries from a file: the catalogue, or the manifest of an installed model. */
export const modelEntry: z.ZodType<ModelEntry> = z.strictObject({
  id: z.string().regex(MODEL_ID),
  kind: z.enum(["piper", "kokoro", "ctc"]),
  language: z.string().regex(/^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/),
  licence: z.string().min(1),
  source: z.url({ protocol: /^https?$/ }),
  speakers: z.array(
    z.strictObject({ name: z.string().min(1), gender: z.enum(["female", "male", "unknown"]) }),
  ),
  files: z
    .array(modelFile)
    .min(1)
    .refine((files) => new Set(files.map(({ name }) => name.toLowerCase())).size === files.length),
});
