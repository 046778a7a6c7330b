/** Values by key that are read when asked for and kept until they are forgotten or too old. */
export type FreshCache<Value> = {
  /** The value, from memory when it is fresh. Who asks while it is being read shares that reading. */
  read(key: string): Promise<Value>;
  /** What is known of the key no longer holds; neither does what is just being read. */
  forget(key: string): void;
  forgetAll(): void;
};

/**
 * @param options.load - reads one value
 * @param options.maxAgeMs - how long a value may be served without being told that it changed; 0: not at all
 * @param options.capacity - values kept; those asked for least recently go first
 */
export function createFreshCache<Value>(options: {
  readonly load: (key: string) => Promise<Value>;
  readonly maxAgeMs: (value: Value) => number;
  readonly capacity: number;
  readonly nowMs?: () => number;
}): FreshCache<Value> {
  const { load, maxAgeMs, capacity, nowMs = () => performance.now() } = options;
  const kept = new Map<string, { readonly value: Value; readonly until: number }>();
  const loading = new Map<string, Promise<Value>>();

  function keep(key: string, value: Value) {
    const age = maxAgeMs(value);
    if (age <= 0) return;
    kept.set(key, { value, until: nowMs() + age });
    if (kept.size > capacity) kept.delete(kept.keys().next().value!);
  }

  function start(key: string): Promise<Value> {
    const reading: Promise<Value> = load(key).then(
      (value) => {
        // Forgotten meanwhile: it may be the state from before the change.
        if (loading.get(key) === reading) {
          loading.delete(key);
          keep(key, value);
        }
        return value;
      },
      (error: unknown) => {
        if (loading.get(key) === reading) loading.delete(key);
        throw error;
      },
    );
    loading.set(key, reading);
    return reading;
  }

  return {
    read(key) {
      const entry = kept.get(key);
      if (entry !== undefined) {
        kept.delete(key);
        if (nowMs() < entry.until) {
          kept.set(key, entry);
          return Promise.resolve(entry.value);
        }
      }
      return loading.get(key) ?? start(key);
    },
    forget(key) {
      kept.delete(key);
      loading.delete(key);
    },
    forgetAll() {
      kept.clear();
      loading.clear();
    },
  };
}
