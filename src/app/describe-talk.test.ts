import { describe, expect, it } from "vitest";
import type { TalkEvent } from "../queue/index.js";
import { parseTalkRequest } from "../request/index.js";
import { describeTalk } from "./describe-talk.js";

function describeRequest(body: Record<string, unknown>) {
  const events: TalkEvent[] = [];
  const request = parseTalkRequest({ image_url: "https://host.example/a.png", ...body });
  return { description: describeTalk(request, (event) => events.push(event)), events };
}

function linesOf(events: readonly TalkEvent[]): string[] {
  return events.flatMap((event) => (event.type === "log" ? [`${event.level} ${event.message}`] : []));
}

describe("describeTalk", () => {
  it("tells the facts of a talk in sentences", () => {
    const { description, events } = describeRequest({ prompt: "Hello!" });
    description.note({ type: "photo", width: 1024, height: 768 });
    description.note({ type: "warning", message: "The face may not be a person's; it moves less." });
    description.note({ type: "speech", duration: 3.44, source: "synthesis" });
    description.note({ type: "video", width: 640, height: 360, frameCount: 86 });
    const timings = { total: 1.72 } as Parameters<typeof description.finished>[0]["timings"];
    description.finished({ duration: 3.44, timings });
    expect(linesOf(events)).toEqual([
      "INFO The photo is 1024 x 768 pixels.",
      "WARN The face may not be a person's; it moves less.",
      "INFO Speech: 3.4 s.",
      "INFO Rendering 86 frames of 640 x 360 pixels.",
      "INFO Done: 3.4 s of video in 1.7 s, a real-time factor of 0.50.",
    ]);
  });

  it("warns about a living portrait, and does not call its silence speech", () => {
    const { description, events } = describeRequest({});
    description.note({ type: "speech", duration: 5, source: "silence" });
    expect(linesOf(events)).toEqual([expect.stringMatching(/^WARN .*living portrait/)]);
  });

  it("has a line about rendering at most every 10 %, and a number for every step forward", () => {
    const { description, events } = describeRequest({ prompt: "Hello!" });
    for (let percent = 0; percent <= 100; percent += 4) {
      const fraction = percent / 100;
      description.progress({ stage: "render", fraction, overall: 0.4 + fraction / 2 });
      description.progress({ stage: "render", fraction, overall: 0.4 + fraction / 2 });
    }
    const tens = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100];
    expect(linesOf(events)).toEqual(tens.map((percent) => `INFO Rendering: ${percent} %`));
    const numbers = events.flatMap((event) => (event.type === "progress" ? [event.overall] : []));
    expect(numbers.length).toBe(26);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  });
});
