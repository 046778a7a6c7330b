/** Durations of many of the same, milliseconds. */
export type Spread = { readonly count: number; readonly p50: number; readonly p99: number };

/** Where the time of a sync run goes, medians, milliseconds. */
export type SyncBreakdown = {
  /** From the row of the request to its attempt. */
  readonly waiting: number;
  /** Of the attempt, before and after the engine: inputs, messages between processes. */
  readonly aroundEngine: number;
  readonly engine: number;
  /** Putting the video into the store, and the transaction that ends the request. */
  readonly settling: number;
  /** HTTP: the request until its row, the end until the answer. */
  readonly http: number;
};

/** What was measured. */
export type ServerReport = {
  readonly machine: {
    readonly cores: number;
    readonly loadBefore: number;
    readonly loadAfter: number;
    readonly node: string;
    readonly processor: string;
  };
  /** Seconds from the start of the process to "ready". */
  readonly start: { readonly first: number; readonly later: number };
  readonly sync: {
    readonly pairs: number;
    /** Medians, milliseconds. */
    readonly engine: number;
    readonly server: number;
    /** Median of the differences of the pairs. */
    readonly added: number;
    /** Median of what the same runs took outside of the engine: not disturbed by what else the machine does. */
    readonly outside: number;
    readonly breakdown: SyncBreakdown;
  };
  readonly firstInProgress: Spread;
  readonly cancel: { readonly answer: Spread; readonly stopped: Spread };
  readonly streams: readonly { readonly streams: number; readonly delay: Spread }[];
  readonly polls: { readonly idle: Rate; readonly rendering: Rate };
  readonly submits: Rate;
};

export type Rate = { readonly perSecond: number; readonly failures: number; readonly answer: Spread };

/** The goal of the added time, milliseconds. */
export const ADDED_GOAL_MS = 60;

/** @param times - milliseconds */
export function spreadOf(times: readonly number[]): Spread {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { count: sorted.length, p50: at(0.5), p99: at(0.99) };
}

/** The report as a table. */
export function reportText(report: ServerReport): string {
  const { machine, start, sync, firstInProgress, cancel, streams, polls, submits } = report;
  const isBusy = Math.max(machine.loadBefore, machine.loadAfter) > machine.cores;
  const { breakdown } = sync;
  const rows: [string, string][] = [
    ["start with a new database", `${start.first.toFixed(2)} s`],
    ["start with an existing one", `${start.later.toFixed(2)} s`],
    ["sync run, warm", `${ms(sync.server)}; the engine alone ${ms(sync.engine)}`],
    [
      "  added by the server",
      `${ms(sync.added)} (goal: under ${ADDED_GOAL_MS} ms; median of ${sync.pairs} pairs)`,
    ],
    ["  outside of the engine", `${ms(sync.outside)} of the same runs`],
    [
      "  where it goes",
      `http ${ms(breakdown.http)}, waiting ${ms(breakdown.waiting)}, around the engine ${ms(breakdown.aroundEngine)}, settling ${ms(breakdown.settling)}`,
    ],
    ["submit to IN_PROGRESS", spread(firstInProgress)],
    ["cancel to its answer", spread(cancel.answer)],
    ["cancel to a stopped render", spread(cancel.stopped)],
    ...streams.map(({ streams: count, delay }): [string, string] => [
      `log line to event, ${count} stream${count === 1 ? "" : "s"}`,
      spread(delay),
    ]),
    ["status polls, idle", rate(polls.idle)],
    ["status polls, rendering", rate(polls.rendering)],
    ["submits, rendering", rate(submits)],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return [
    `${machine.cores} cores (${machine.processor}), Node ${machine.node}; load average ${machine.loadBefore.toFixed(1)} before, ${machine.loadAfter.toFixed(1)} after`,
    ...(isBusy ? ["The machine was busy with other things: times are too long, rates too small."] : []),
    "",
    ...rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`),
    "",
  ].join("\n");
}

function ms(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}

function spread({ count, p50, p99 }: Spread): string {
  return `median ${ms(p50)}, 99 % within ${ms(p99)} (${count})`;
}

function rate({ perSecond, failures, answer }: Rate): string {
  const failed = failures === 0 ? "" : `, ${failures} FAILED`;
  return `${perSecond.toFixed(0)} per second, ${spread(answer)}${failed}`;
}
