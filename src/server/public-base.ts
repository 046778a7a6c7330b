/**
 * The address under which a caller reached us. All URLs in answers are made from it, so that they work for the caller:
 * directly, behind a reverse proxy, through `/api/fal/proxy`, or under fal's own host names.
 */
export type PublicBase = {
  /** E.g. `http://127.0.0.1:8080/queue` or `https://queue.fal.run`; without a slash at the end. */
  readonly queue: string;
  /** E.g. `http://127.0.0.1:8080/rest` or `https://rest.fal.ai`. */
  readonly rest: string;
  /** What `/files/…` is appended to, e.g. `http://127.0.0.1:8080` or `https://v3.fal.media`. */
  readonly files: string;
  /** The main address, for documents, e.g. `http://127.0.0.1:8080`. */
  readonly site: string;
};
