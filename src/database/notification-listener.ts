import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import type { Listening } from "./database.js";
import { isServerAway, toDatabaseError } from "./database-error.js";
import type { DatabaseLog } from "./database-log.js";

type Subscription = { readonly onMessage: (payload: string) => void; readonly onGap: () => void };

/** How long the first subscription waits for a restarting server. */
const PATIENCE_MS = 10_000;
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 2_000;
/** A connection that is silent because its cable was cut looks like one on which nothing happens. */
const HEARTBEAT_INTERVAL_MS = 10_000;
const HEARTBEAT_TIMEOUT_MS = 5_000;

/** One connection on which all subscriptions hear; made with the first and made anew whenever it breaks. */
export class NotificationListener {
  readonly #options: pg.ClientConfig;
  readonly #log: DatabaseLog;
  readonly #subscriptions = new Map<string, Set<Subscription>>();
  readonly #closing = new AbortController();
  #client: Promise<pg.Client> | null = null;
  /** Statements on the connection, one after another. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: pg.ClientConfig, log: DatabaseLog) {
    this.#options = options;
    this.#log = log;
  }

  /** Resolves when every later notification will be heard. */
  async listen(channel: string, onMessage: (payload: string) => void, onGap: () => void): Promise<Listening> {
    const subscription = { onMessage, onGap };
    const subscriptions = this.#subscriptions.get(channel) ?? new Set();
    this.#subscriptions.set(channel, subscriptions.add(subscription));
    const close = async () => {
      if (!subscriptions.delete(subscription) || subscriptions.size > 0) return;
      if (this.#subscriptions.get(channel) === subscriptions) this.#subscriptions.delete(channel);
      const client = await this.#client?.catch(() => null);
      // it may have been subscribed to again meanwhile
      if (client && !this.#subscriptions.has(channel))
        await this.#send(client, `unlisten ${pg.escapeIdentifier(channel)}`).catch(() => {});
    };
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      try {
        this.#client ??= this.#connect(deadline);
        await this.#send(await this.#client, `listen ${pg.escapeIdentifier(channel)}`);
        return { close };
      } catch (error) {
        if (isServerAway(error) && performance.now() < deadline && !this.#closing.signal.aborted) {
          // the connection broke just now, the next one is being made
          await delay(FIRST_PAUSE_MS);
          continue;
        }
        await close();
        throw toDatabaseError(error, "connecting");
      }
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#subscriptions.clear();
    const client = await this.#client?.catch(() => null);
    await client?.end().catch(() => {});
  }

  async #connect(deadline: number): Promise<pg.Client> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      this.#closing.signal.throwIfAborted();
      try {
        return await this.#attempt();
      } catch (error) {
        if (!isServerAway(error) || performance.now() + pauseMs > deadline) {
          this.#client = null;
          throw error;
        }
      }
      await delay(pauseMs, undefined, { signal: this.#closing.signal });
    }
  }

  /** A new connection that hears every channel subscribed to so far. */
  async #attempt(): Promise<pg.Client> {
    const client = new pg.Client(this.#options);
    let isLost = false;
    let onLost = () => {
      isLost = true;
    };
    client.on("error", () => onLost());
    client.on("end", () => onLost());
    client.on("notification", ({ channel, payload }) => {
      for (const { onMessage } of this.#subscriptions.get(channel) ?? []) onMessage(payload ?? "");
    });
    try {
      await client.connect();
      for (const channel of this.#subscriptions.keys())
        await client.query(`listen ${pg.escapeIdentifier(channel)}`);
      if (isLost) throw new Error("Connection terminated unexpectedly");
    } catch (error) {
      await client.end().catch(() => {});
      throw error;
    }
    const heartbeat = setInterval(() => void this.#beat(client), HEARTBEAT_INTERVAL_MS);
    heartbeat.unref();
    onLost = () => {
      onLost = () => {};
      clearInterval(heartbeat);
      void this.#reconnect(client);
    };
    if (this.#closing.signal.aborted) await client.end().catch(() => {});
    return client;
  }

  async #reconnect(lost: pg.Client): Promise<void> {
    if (this.#closing.signal.aborted) return;
    await lost.end().catch(() => {});
    this.#log.warn({}, "the database connection for notifications broke; making a new one");
    this.#client = this.#connect(Number.POSITIVE_INFINITY);
    try {
      await this.#client;
    } catch (error) {
      if (this.#closing.signal.aborted) return;
      this.#log.error({ err: error }, "no new database connection for notifications can be had; trying on");
      await delay(LONGEST_PAUSE_MS, undefined, { signal: this.#closing.signal }).catch(() => {});
      return this.#reconnect(lost);
    }
    for (const subscriptions of this.#subscriptions.values()) for (const { onGap } of subscriptions) onGap();
  }

  async #beat(client: pg.Client): Promise<void> {
    const timeout = setTimeout(() => destroy(client), HEARTBEAT_TIMEOUT_MS);
    timeout.unref();
    await this.#send(client, "select 1").catch(() => destroy(client));
    clearTimeout(timeout);
  }

  #send(client: pg.Client, text: string): Promise<unknown> {
    const sent = this.#last.then(() => client.query(text));
    this.#last = sent.catch(() => {});
    return sent;
  }
}

/** Ends a connection without waiting for the other side. */
function destroy(client: pg.Client): void {
  const { connection } = client as unknown as { connection: { stream: { destroy(): void } } };
  connection.stream.destroy();
}
