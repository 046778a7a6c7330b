import { alignSounds } from "../../acoustic/align-sounds.js";
import { hearSounds } from "../../acoustic/hear-sounds.js";
import { FRAME_SECONDS } from "../../acoustic/mel-features.js";
import { classesOf } from "../../acoustic/sound-classes.js";
import { alignPhones, type PhoneAligner } from "./align-phones.js";
import { layOut } from "./phone-times.js";
import { soundsOf } from "./symbols.js";

/** Finds the phones where the acoustic model hears them; by what is usual where it cannot. */
export const alignByEar: PhoneAligner = async (task, signal) => {
  const sounds = soundsOf(task.symbols);
  const scores = await hearSounds(task.samples, task.sampleRate, signal === undefined ? {} : { signal });
  const alignment = alignSounds(
    scores,
    sounds.map(({ parts, token }, i) => ({
      classes: parts.flatMap(({ symbol }) => classesOf(symbol)),
      mayPause: token !== sounds[i - 1]?.token,
    })),
  );
  if (alignment === null) return alignPhones(task, signal);
  const timed = sounds.map((sound, i) => {
    const { start, end } = alignment.sounds[i]!;
    return { sound, start: start * FRAME_SECONDS, end: end * FRAME_SECONDS };
  });
  return layOut(timed, task.samples.length / task.sampleRate);
};
