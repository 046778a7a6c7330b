import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** The endpoint that this server stands in for. */
export const MODEL = "fal-ai/heygen/avatar4/image-to-video";

const portraitFile = fileURLToPath(new URL("../../samples/portrait.png", import.meta.url));

/** The bundled drawn portrait. */
export function portraitBlob(): Blob {
  return new Blob([readFileSync(portraitFile)], { type: "image/png" });
}

/** The bundled drawn portrait inside a URL. */
export function portraitDataUri(): string {
  return `data:image/png;base64,${readFileSync(portraitFile).toString("base64")}`;
}

/** Path of the bundled drawn portrait. */
export const PORTRAIT_FILE = portraitFile;

/** A small input whose video is made quickly. */
export function shortInput(image: string): Record<string, unknown> {
  return { image_url: image, prompt: "Hi.", resolution: "360p" };
}

/** An input whose video keeps a worker busy for a while. */
export function longInput(image: string): Record<string, unknown> {
  return { image_url: image, prompt: "This is a rather long sentence. ".repeat(60), resolution: "540p" };
}

/** Parsed JSON of an answer; what it should be is what the tests are about. */
// biome-ignore lint/suspicious/noExplicitAny: every use is an assertion about its shape
export type Json = any;

/** Waits until a condition holds, and says what it waited for when it does not. */
export async function until<Found>(
  what: string,
  look: () => Promise<Found | null | undefined | false> | Found | null | undefined | false,
  timeoutMs = 60_000,
): Promise<Found> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`Waited in vain for: ${what}`);
    await delay(25);
  }
}

/** One call with JSON in and out. */
export async function call(
  url: string,
  options: { method?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<{ status: number; headers: Headers; body: Json }> {
  const { method = options.body === undefined ? "GET" : "POST", body, headers = {} } = options;
  const response = await fetch(url, {
    method,
    headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
