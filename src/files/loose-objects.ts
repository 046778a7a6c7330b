import type { Database, Queryable } from "../database/index.js";
import type { ObjectStore } from "../storage/index.js";

/** An object that is removed is not tried again before so long, in case that a process is still at it. */
const RETRY_SECONDS = 60;
const REMOVED_AT_ONCE = 8;

/**
 * Objects that no ready file names. Every object is noted here before its first byte is written; a file that takes it
 * crosses it off in the transaction that makes the file ready. So whatever dies, the sweep finds what is left over, and
 * nothing that somebody can fetch is ever removed.
 */
export interface LooseObjects {
  /** Notes an object that will be written, and when it is to be removed unless a file takes it. */
  note(key: string, removeAt: Date): Promise<void>;
  /** Gives a noted object to a file. @returns false when it is being removed already */
  take(transaction: Queryable, key: string): Promise<boolean>;
  /** Removes objects from the store, now; what fails is tried again by the sweep. @returns how many are gone */
  remove(keys: readonly string[]): Promise<number>;
  /** Removes what is due. @returns how many are gone */
  sweep(now: Date): Promise<number>;
}

/** @param onFailure - told of objects that could not be removed this time */
export function createLooseObjects(
  database: Database,
  store: ObjectStore,
  onFailure: (key: string, error: unknown) => void,
): LooseObjects {
  const removeClaimed = async (keys: readonly string[]): Promise<number> => {
    const gone: string[] = [];
    const waiting = [...keys];
    const work = async () => {
      for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
        try {
          await store.delete(key);
          gone.push(key);
        } catch (error) {
          onFailure(key, error);
        }
      }
    };
    await Promise.all(Array.from({ length: REMOVED_AT_ONCE }, work));
    if (gone.length > 0)
      await database.query("delete from loose_objects where object_key = any($1::text[])", [gone]);
    return gone.length;
  };

  return {
    async note(key, removeAt) {
      await database.query("insert into loose_objects (object_key, remove_at) values ($1, $2)", [
        key,
        removeAt,
      ]);
    },
    async take(transaction, key) {
      const taken = await transaction.query(
        "delete from loose_objects where object_key = $1 and not is_being_removed returning 1",
        [key],
      );
      return taken.length === 1;
    },
    async remove(keys) {
      if (keys.length === 0) return 0;
      const claimed = await database.query<{ object_key: string }>(
        `update loose_objects
            set is_being_removed = true, remove_at = least(remove_at, now() + make_interval(secs => $2))
          where object_key = any($1::text[]) returning object_key`,
        [keys, RETRY_SECONDS],
      );
      return removeClaimed(claimed.map((row) => row.object_key));
    },
    async sweep(now) {
      const claimed = await database.query<{ object_key: string }>(
        `update loose_objects
            set is_being_removed = true, remove_at = $1::timestamptz + make_interval(secs => $2)
          where object_key in (
            select object_key from loose_objects where remove_at <= $1
             order by remove_at limit 500 for update skip locked)
          returning object_key`,
        [now, RETRY_SECONDS],
      );
      return removeClaimed(claimed.map((row) => row.object_key));
    },
  };
}
