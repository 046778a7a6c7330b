import { CHANNELS, type Queryable } from "../../database/index.js";
import { withoutNul } from "../settlement.js";
import type { LogLine } from "../talk-queue.js";
import type { TalkEvent } from "../talk-runner.js";
import type { Claim } from "./claim.js";

/** How long lines are gathered before they are written: listeners hear of them within 100 ms. */
const GATHER_MS = 50;
/** Progress is written when it has moved by this much. */
const PROGRESS_STEP = 0.01;
/** More lines of one attempt are left out. */
const MOST_LINES = 5_000;
const LONGEST_LINE = 4_000;

/** Writes down what a running attempt says, not more often than somebody could see. */
export type AttemptJournal = {
  note(event: TalkEvent): void;
  /** Writes what is left. Never rejects: a log is not worth a video. */
  flush(): Promise<void>;
};

type Line = Pick<LogLine, "message" | "level"> & { readonly at: Date };

/** The journal of one attempt; when the attempt is no longer the current one, nothing is written. */
export function openJournal(
  database: Queryable,
  { attempt, number }: Claim,
  onFailure: (error: unknown) => void,
): AttemptJournal {
  let lines: Line[] = [];
  let lineCount = 0;
  let progress = 0;
  let writtenProgress = 0;
  let timer: NodeJS.Timeout | null = null;
  let writing: Promise<void> = Promise.resolve();

  const hasMoved = () =>
    progress - writtenProgress >= PROGRESS_STEP || (progress === 1 && writtenProgress < 1);

  function add(level: LogLine["level"], message: string) {
    lineCount += 1;
    if (lineCount > MOST_LINES) return;
    const text = lineCount === MOST_LINES ? "Further lines are left out." : message;
    lines.push({ level, message: withoutNul(text).slice(0, LONGEST_LINE), at: new Date() });
  }

  function write(): Promise<void> {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    writing = writing
      .then(async () => {
        if (lines.length === 0 && !hasMoved()) return;
        const gathered = lines;
        lines = [];
        writtenProgress = progress;
        await append(database, attempt.id, number, writtenProgress, gathered);
      })
      .catch(onFailure);
    return writing;
  }

  return {
    note(event) {
      if (event.type === "log") add(event.level, event.message);
      else progress = Math.min(1, Math.max(progress, event.overall));
      if (lines.length > 0 || hasMoved()) timer ??= setTimeout(() => void write(), GATHER_MS);
    },
    flush: write,
  };
}

/**
 * The request's row is locked before the lines get their numbers, so that lines become visible in the order of their
 * numbers and readers can go on from the last they saw.
 */
async function append(
  database: Queryable,
  id: string,
  number: number,
  progress: number,
  lines: readonly Line[],
): Promise<void> {
  await database.query(
    `with current as (
       update requests set progress = greatest(progress, $3::real)
       where id = $1 and attempt = $2 and state = 'IN_PROGRESS'
       returning id
     ), added as (
       insert into request_logs (request_id, message, level, at)
       select current.id, line.message, line.level, line.at
       from current, unnest($4::text[], $5::text[], $6::timestamptz[])
         with ordinality as line (message, level, at, position)
       order by line.position
     )
     select pg_notify($7, id::text) from current`,
    [
      id,
      number,
      progress,
      lines.map(({ message }) => message),
      lines.map(({ level }) => level),
      lines.map(({ at }) => at.toISOString()),
      CHANNELS.changed,
    ],
  );
}
