import type { EngineVoice } from "./speech-engine.js";

/** How Flite is to be called for a voice, and what is done to its sound afterwards. */
export type FliteVoicePlan = {
  readonly features: readonly (readonly [name: string, value: number])[];
  /** The sound is played this much faster: pitch and formants rise, durations shrink. */
  readonly speed: number;
  /** What the formants still need after that. */
  readonly formantRatio: number;
};

/** Mean pitch that each speaker has by itself, hertz. */
const OWN_PITCH: Readonly<Record<string, number>> = { slt: 172, rms: 103.2, awb: 129.4, kal16: 92.4 };
/** Mean pitch that is heard for each hertz that is asked for; measured over long sentences. */
const PITCH_HEARD: Readonly<Record<string, number>> = { slt: 1, awb: 0.98, kal16: 0.973 };
/** Duration factor with which a speaker talks by itself, where it is not 1. */
const OWN_STRETCH: Readonly<Record<string, number>> = { kal16: 1.1 };
/** Speeds are multiples of this, so that the resampler needs few filters. */
const SPEED_STEP = 0.005;
const SPEED_RANGE = [0.8, 1.3] as const;

/**
 * Plans how a speaker becomes a voice.
 *
 * A vocal tract is made shorter by playing faster what was spoken lower and slower by as much: pitch and time
 * come out as asked, the formants are scaled exactly, and nothing has to be guessed from the sound. Speaker rms
 * does not let its pitch be set (its melody is a model of its own), so there the speed makes the pitch, and the
 * formants are brought to their place from the sound.
 */
export function planFliteVoice(voice: EngineVoice): FliteVoicePlan {
  const { speaker, pitchHz, pitchSpreadHz, stretch = 1, formantRatio = 1 } = voice;
  const ownPitch = OWN_PITCH[speaker];
  const heard = PITCH_HEARD[speaker];
  if (ownPitch === undefined) throw new Error(`unknown speaker ${speaker}`);
  const speed = roundedSpeed(heard === undefined ? (pitchHz ?? ownPitch) / ownPitch : formantRatio);
  const features: [string, number][] = [];
  if (heard !== undefined && (pitchHz !== undefined || speed !== 1))
    features.push(["int_f0_target_mean", (pitchHz ?? ownPitch) / heard / speed]);
  if (heard !== undefined && pitchSpreadHz !== undefined)
    features.push(["int_f0_target_stddev", pitchSpreadHz / speed]);
  if (stretch * speed !== 1)
    features.push(["duration_stretch", stretch * speed * (OWN_STRETCH[speaker] ?? 1)]);
  return { features, speed, formantRatio: heard === undefined ? formantRatio / speed : 1 };
}

function roundedSpeed(speed: number): number {
  const [least, most] = SPEED_RANGE;
  return Math.round(Math.min(most, Math.max(least, speed)) / SPEED_STEP) * SPEED_STEP;
}
