/** A text in the body of a request that may name a file. */
export type BodyPlace = {
  /** Path of the field, wire names. */
  readonly field: readonly string[];
  readonly text: string;
};

/** The texts of a body that may name files: `image_url`, `audio_url`, `background.value`. */
export function bodyPlaces(body: unknown): BodyPlace[] {
  if (!isObject(body)) return [];
  const places: BodyPlace[] = [];
  const add = (field: readonly string[], value: unknown) => {
    if (typeof value === "string") places.push({ field, text: value });
  };
  add(["image_url"], body.image_url);
  add(["audio_url"], body.audio_url);
  if (isObject(body.background)) add(["background", "value"], body.background.value);
  return places;
}

/** The same body with other texts at some places. */
export function replacePlaces(body: unknown, texts: ReadonlyMap<string, string>): unknown {
  if (texts.size === 0 || !isObject(body)) return body;
  const swap = (value: unknown) => (typeof value === "string" ? (texts.get(value) ?? value) : value);
  const swapped: Record<string, unknown> = { ...body };
  for (const name of ["image_url", "audio_url"]) if (name in body) swapped[name] = swap(body[name]);
  if (isObject(body.background))
    swapped.background = {
      ...body.background,
      ...("value" in body.background ? { value: swap(body.background.value) } : {}),
    };
  return swapped;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
