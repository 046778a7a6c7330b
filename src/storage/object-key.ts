/** A name without a dot in front, so that neither `..` nor our own temporary names can be said with it. */
const KEY = /^[A-Za-z0-9_-][A-Za-z0-9_.-]*(\/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*$/;
const MAX_KEY_LENGTH = 512;

/**
 * The same key, when it is one.
 *
 * @throws RangeError for anything that could lead out of the store: keys are made by us, never by callers
 */
export function checkedObjectKey(key: string): string {
  if (key.length > MAX_KEY_LENGTH || !KEY.test(key))
    throw new RangeError(`${JSON.stringify(key.slice(0, 100))} is no key of an object.`);
  return key;
}
