import { afterAll, describe, expect, it } from "vitest";
import { byToken } from "../../../test/support/engine-utterances.js";
import { createFliteEngine } from "./flite.js";
import { FLITE_SPEAKERS } from "./flite-program.js";
import type { EngineUtterance } from "./speech-engine.js";

const engine = createFliteEngine();
afterAll(() => engine.close());

const NONE: ReadonlyMap<string, readonly string[]> = new Map();

function speak(text: string, speaker = "slt", pronunciations = NONE): Promise<EngineUtterance> {
  return engine.speak({ text, pronunciations, language: "en-US" }, { speaker });
}

describe("flite", () => {
  it("knows which phone belongs to which word, and the stress", async () => {
    const utterance = await speak("The banana's record, it's don't.");
    expect(byToken(utterance)).toEqual([
      "dh ax",
      "b ax n1 ae1 n ax z",
      "r1 eh1 k er d",
      "ih1 t1 s",
      "d1 ow1 n1 t1",
    ]);
    expect(utterance.phones[0]!.symbol).toBe("pau");
    expect(utterance.phones.at(-1)!.symbol).toBe("pau");
  });

  it.each(FLITE_SPEAKERS)("%s covers its sound with phones in order", async (speaker) => {
    const { samples, sampleRate, phones } = await speak("Hello, is this you?", speaker);
    expect(phones[0]!.start).toBe(0);
    phones.slice(1).forEach((phone, i) => {
      expect(phone.start).toBe(phones[i]!.end);
      expect(phone.end).toBeGreaterThan(phone.start);
    });
    expect(phones.at(-1)!.end).toBe(samples.length / sampleRate);
    expect(samples.every((x) => Math.abs(x) <= 1.2)).toBe(true);
  });

  it("says given pronunciations, also of words that it would spell", async () => {
    const pronunciations = new Map([["=xq", ["jh", "iy1", "p", "iy1"]]]);
    expect(byToken(await speak("the =xq, sees", "slt", pronunciations))[1]).toBe("jh1 iy1 p1 iy1");
  });

  it("takes options, paths and quotes for words", async () => {
    const plain = await speak("help voice kal lv");
    const hostile = await speak('--help -voice "kal -lv');
    expect(byToken(hostile)).toEqual(byToken(plain));
    expect(byToken(await speak("../../etc/passwd \u0000 %s%n ;rm"))).toHaveLength(4);
  });

  it("speaks at the wanted pitch and pace", async () => {
    const slow = await engine.speak(
      { text: "Hello there.", pronunciations: NONE, language: "en-US" },
      { speaker: "slt", stretch: 1.3 },
    );
    const normal = await speak("Hello there.");
    const ratio = slow.phones.at(-2)!.end / normal.phones.at(-2)!.end;
    expect(ratio).toBeGreaterThan(1.15);
    const high = await engine.speak(
      { text: "Hello there.", pronunciations: NONE, language: "en-US" },
      { speaker: "slt", pitchHz: 230 },
    );
    expect(pitchOf(high) / pitchOf(normal)).toBeGreaterThan(1.15);
  });

  it("is deterministic", async () => {
    const [a, b] = [await speak("Same again."), await speak("Same again.")];
    expect(Buffer.from(a.samples.buffer).equals(Buffer.from(b.samples.buffer))).toBe(true);
    expect(a.phones).toEqual(b.phones);
  });

  it("stops at once when cancelled, and works again afterwards", async () => {
    const controller = new AbortController();
    const long = engine.speak(
      { text: "word ".repeat(2_000).trim(), pronunciations: NONE, language: "en-US" },
      { speaker: "slt" },
      controller.signal,
    );
    setTimeout(() => controller.abort(), 50);
    await expect(long).rejects.toMatchObject({ code: "client_cancelled" });
    expect((await speak("Back.")).phones.length).toBeGreaterThan(3);
    await expect(
      engine.speak(
        { text: "No.", pronunciations: NONE, language: "en-US" },
        { speaker: "slt" },
        controller.signal,
      ),
    ).rejects.toMatchObject({
      code: "client_cancelled",
    });
  });

  it("gives up on a sentence that takes too long", async () => {
    const impatient = createFliteEngine({ timeLimitMs: 30 });
    const call = impatient.speak(
      { text: "word ".repeat(2_000).trim(), pronunciations: NONE, language: "en-US" },
      { speaker: "slt" },
    );
    await expect(call).rejects.toMatchObject({ code: "generation_timeout", status: 504 });
    await impatient.close();
  });

  it("reports what the module refuses, and refuses calls after its end", async () => {
    await expect(speak("Hello.", "awb_time")).rejects.toMatchObject({
      code: "internal_server_error",
      status: 500,
    });
    const other = createFliteEngine();
    await other.close();
    await expect(
      other.speak({ text: "No.", pronunciations: NONE, language: "en-US" }, { speaker: "slt" }),
    ).rejects.toMatchObject({
      status: 500,
    });
  });
});

/** Strongest period of the loudest part, hertz. */
function pitchOf({ samples, sampleRate }: EngineUtterance): number {
  const size = 4_096;
  let loudest = 0;
  let best = 0;
  for (let at = 0; at + 2 * size < samples.length; at += size / 4) {
    const power = samples.subarray(at, at + size).reduce((sum, x) => sum + x * x, 0);
    if (power > best) [best, loudest] = [power, at];
  }
  let [bestLag, bestSum] = [0, Number.NEGATIVE_INFINITY];
  for (let lag = Math.round(sampleRate / 320); lag < sampleRate / 90; lag++) {
    let sum = 0;
    for (let i = 0; i < size; i++) sum += samples[loudest + i]! * samples[loudest + i + lag]!;
    if (sum > bestSum) [bestSum, bestLag] = [sum, lag];
  }
  return sampleRate / bestLag;
}
