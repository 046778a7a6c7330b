import { join } from "node:path";
import type { Photo } from "../../src/assets/index.js";
import { type Captions, makeCaptions, withCaptions } from "../../src/captions/index.js";
import {
  createFrameRenderer,
  type FrameRenderer,
  type NewBackground,
  planFraming,
  type RendererInput,
} from "../../src/frames/index.js";
import { FRAME_RATE } from "../../src/performance/index.js";
import { cutOutPerson, type Rig } from "../../src/portrait/index.js";
import type { OutputFormat, Resolution } from "../../src/request/index.js";
import { throwIfCancelled } from "../../src/shared/errors.js";
import { SAMPLE_RATE } from "../../src/speech/index.js";
import { encodeVideo, openBackgroundFilm } from "../../src/video/index.js";
import { drawOffice } from "../drawing/office.js";
import type { Clip } from "./clip.js";
import { writePanFilm } from "./pan-film.js";
import { median, timed } from "./statistics.js";

/** What is around the face, and into which container it goes. */
export type Composition = {
  readonly name: string;
  readonly background: "photo" | NewBackground["type"];
  readonly captions: boolean;
  readonly format: OutputFormat;
};

/** What one of them costs. */
export type CompositionFigures = {
  readonly name: string;
  /** Length of the clip over the wall time of drawing, encoding and muxing; median of the rounds. */
  readonly timesRealTime: number;
  /** Wall time over that of the same clip on one colour; median of the ratios of the rounds. */
  readonly overColor: number;
  /** Processor time of all threads per frame, milliseconds. */
  readonly cpuMs: number;
  readonly sizeBytes: number;
};

/** All of them at one size. */
export type CompositionsReport = {
  readonly resolution: Resolution;
  readonly compositions: readonly CompositionFigures[];
  /** Cutting the person out, once per talk, seconds. */
  readonly cuttingOut: number;
};

const mp4 = { captions: false, format: "mp4" } as const;

/** In the order of the report. The reference comes second. */
export const COMPOSITIONS: readonly Composition[] = [
  { name: "the photo's own background", background: "photo", ...mp4 },
  { name: "one colour", background: "color", ...mp4 },
  { name: "a picture", background: "picture", ...mp4 },
  { name: "a picture, and captions", background: "picture", captions: true, format: "mp4" },
  { name: "a film", background: "film", ...mp4 },
  { name: "a film, and captions", background: "film", captions: true, format: "mp4" },
  { name: "transparent, WebM", background: "nothing", captions: false, format: "webm" },
  { name: "transparent, MOV", background: "nothing", captions: false, format: "mov" },
];
const REFERENCE = "one colour";

/** Renders a clip in each composition, in turn, `runs` times, so that what disturbs the machine disturbs all. */
export async function measureCompositions(
  { photo, rig, clip }: { readonly photo: Photo; readonly rig: Rig; readonly clip: Clip },
  resolution: Resolution,
  options: { readonly runs: number; readonly workspace: string; readonly signal: AbortSignal },
): Promise<CompositionsReport> {
  const { runs, workspace, signal } = options;
  const cut = await timed(() => cutOutPerson(photo, rig, { signal }));
  const stage = await createStage({ photo, cutOut: cut.result, rig, clip }, resolution, workspace);
  const walls = new Map<string, number[]>();
  const facts = new Map<string, { cpuMs: number; sizeBytes: number }>();
  for (let run = 0; run < runs; run++) {
    for (const composition of run % 2 === 0 ? COMPOSITIONS : COMPOSITIONS.toReversed()) {
      throwIfCancelled(signal);
      const { wall, cpu, sizeBytes } = await stage.make(composition, signal);
      walls.set(composition.name, [...(walls.get(composition.name) ?? []), wall]);
      facts.set(composition.name, { cpuMs: (cpu * 1000) / clip.performance.frameCount, sizeBytes });
    }
  }
  const reference = walls.get(REFERENCE)!;
  const compositions = COMPOSITIONS.map(({ name }) => ({
    name,
    timesRealTime: clip.seconds / median(walls.get(name)!),
    overColor: median(walls.get(name)!.map((wall, i) => wall / reference[i]!)),
    ...facts.get(name)!,
  }));
  return { resolution, compositions, cuttingOut: cut.wall };
}

type Actor = { readonly photo: Photo; readonly cutOut: Photo; readonly rig: Rig; readonly clip: Clip };

async function createStage({ photo, cutOut, rig, clip }: Actor, resolution: Resolution, workspace: string) {
  const framingOf = (replacesBackground: boolean) =>
    planFraming(rig, photo, { resolution, aspectRatio: "16:9", fit: null, replacesBackground });
  const { width, height } = framingOf(true);
  const office = await drawOffice(width, height);
  const filmPath = join(workspace, "office.mp4");
  await writePanFilm(filmPath, { width, height, seconds: clip.seconds });
  const captions = makeCaptions(clip.speech, { frameRate: FRAME_RATE });
  return {
    async make(composition: Composition, signal: AbortSignal) {
      const source = { path: filmPath, field: ["background", "value"], input: filmPath };
      const isFilm = composition.background === "film";
      const film = isFilm ? await openBackgroundFilm(source, { width, height, frameRate: FRAME_RATE }) : null;
      try {
        const background = backgroundOf(composition, office, film);
        const framing = framingOf(background !== undefined);
        const person = background === undefined ? photo : cutOut;
        const input = { rig, photo: person, framing, performance: clip.performance };
        const bare = await createFrameRenderer(background === undefined ? input : { ...input, background });
        const renderer = composition.captions ? await captioned(bare, captions, rig, input) : bare;
        const { frameCount } = clip.performance;
        const { wall, cpu, result } = await timed(() =>
          encodeVideo({
            renderer,
            frameCount,
            samples: clip.samples,
            path: join(workspace, `composition.${composition.format}`),
            format: composition.format,
            frameRate: FRAME_RATE,
            sampleRate: SAMPLE_RATE,
            signal,
          }),
        );
        return { wall, cpu, sizeBytes: result.video.sizeBytes };
      } finally {
        await film?.close();
      }
    },
  };
}

function backgroundOf(
  { background }: Composition,
  office: Uint8Array,
  film: Extract<NewBackground, { type: "film" }>["film"] | null,
): NewBackground | undefined {
  if (background === "color") return { type: "color", rgb: [0, 255, 0] };
  if (background === "picture") return { type: "picture", rgb: office };
  if (background === "nothing") return { type: "nothing" };
  return film === null ? undefined : { type: "film", film };
}

function captioned(
  renderer: FrameRenderer,
  captions: Captions,
  rig: Rig,
  { framing, performance }: Pick<RendererInput, "framing" | "performance">,
): Promise<FrameRenderer> {
  return withCaptions(renderer, captions, {
    rig,
    framing,
    performance,
    frameRate: FRAME_RATE,
    style: "plain",
  });
}
