const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * The id of a request as the database writes it.
 *
 * @returns null when the text is no uuid, so that nobody has to be asked about it
 */
export function parseRequestId(text: string): string | null {
  return UUID.test(text) ? text.toLowerCase() : null;
}
