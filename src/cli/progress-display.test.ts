import { describe, expect, it } from "vitest";
import { TALK_STAGES, type TalkProgress } from "../pipeline/index.js";
import { createProgressDisplay } from "./progress-display.js";

/** Clears the rest of the line. */
const CLEAR = "\x1b[K";

function screen(isTTY: boolean, columns = 80) {
  const written: string[] = [];
  return { isTTY, columns, written, write: (text: string) => written.push(text) };
}

const progress: TalkProgress[] = TALK_STAGES.flatMap((stage, i) =>
  [0, 0.26, 0.6, 1].map((fraction) => ({
    stage,
    fraction,
    overall: (i + fraction) / TALK_STAGES.length,
    ...(stage === "render" ? { frame: Math.round(fraction * 300), frameCount: 300 } : {}),
  })),
);

describe("in a pipe", () => {
  it("each stage is one plain line, rendering also tells its quarters", () => {
    const output = screen(false);
    const display = createProgressDisplay(output);
    for (const step of progress) display.show(step);
    display.end();
    const text = output.written.join("");
    for (const stage of TALK_STAGES) expect(text).toContain(`${stage}: `);
    expect(text.trimEnd().split("\n")).toHaveLength(TALK_STAGES.length + 2);
    expect(text).toContain("render: 25 % (frame 78 of 300)");
    expect(text).not.toContain("\r");
    expect(text).not.toContain("\x1b");
  });
});

describe("on a terminal", () => {
  it.each([200, 80, 40, 12])(
    "with %i columns there is one line that is overwritten and cleared",
    (columns) => {
      const output = screen(true, columns);
      const display = createProgressDisplay(output);
      for (const step of progress) display.show(step);
      for (const text of output.written) {
        expect([text.slice(0, 1), text.slice(-CLEAR.length)]).toEqual(["\r", CLEAR]);
        expect(text.length - 1 - CLEAR.length).toBeLessThan(columns);
      }
      display.end();
      expect(output.written.at(-1)).toBe(`\r${CLEAR}`);
      expect(output.written.join("")).not.toContain("\n");
    },
  );

  it("of unknown width, 80 columns are taken", () => {
    const output = screen(true, 0);
    createProgressDisplay(output).show(progress[4]!);
    expect(output.written.join("")).toContain("finding the face");
  });

  it("the stage is named and the bar fills up", () => {
    const output = screen(true);
    const display = createProgressDisplay(output);
    for (const step of progress) display.show(step);
    expect(output.written.join("")).toContain("finding the face");
    expect(output.written[0]).toContain("0 %");
    expect(output.written.at(-1)).toContain("100 %");
    expect(output.written.at(-1)).toContain("█".repeat(30));
  });
});
