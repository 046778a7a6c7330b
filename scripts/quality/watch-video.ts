import type { Photo } from "../../src/assets/index.js";
import { type FaceMesh, regionOfDetection, regionOfLandmarks } from "../../src/portrait/face-mesh.js";
import { chooseMainFace, findFaces } from "../../src/portrait/find-faces.js";
import { fitHeadPose } from "../../src/portrait/head-pose.js";
import { loadPortraitModels, type PortraitModels } from "../../src/portrait/portrait-models.js";
import { type Region, RegionSampler } from "../../src/portrait/region-sampler.js";
import { decodePictures, decodeSound, readTracks } from "../../test/support/read-video.js";
import { FINE_RATE, type PictureFacts, type Watched } from "./clip.js";
import { toLab } from "./colour.js";
import { detailAround, meanColourAround, UpperFaceMatcher } from "./picture-facts.js";
import { planesToRgb } from "./planes-to-rgb.js";
import { StillPlaces } from "./still-places.js";

const DEGREE = Math.PI / 180;
const SAMPLE_RATE = 48_000;

/** Share of the picture's places that count as the person's, `[0, 1]` across and down; null where it is not known. */
export type PersonAt = ((x: number, y: number) => number) | null;

/**
 * Decodes a video file and finds the face again in every picture: two passes of the mesh, one of them mirrored, averaged.
 * One picture is held at a time.
 */
export async function watchVideo(path: string, personAt: PersonAt): Promise<Watched> {
  const models = await loadPortraitModels();
  const track = (await readTracks(path)).find(({ kind }) => kind === "video");
  if (track === undefined) throw new Error(`${path} has no picture`);
  const { width, height } = track.parameters;
  const watcher = new Watcher(models, width, height, personAt);
  await decodePictures(path, ({ planes, strides }) => watcher.add(toPhoto(planes, strides, width, height)));
  const rate = track.duration > 0 ? Math.round((watcher.pictures.length / track.duration) * 1000) / 1000 : 25;
  const sound = await decodeSound(path, SAMPLE_RATE);
  const frameRate = Math.abs(rate - 25) < 0.5 ? 25 : rate;
  return {
    rate: frameRate,
    width,
    height,
    pictures: watcher.pictures,
    envelope: envelopeOf(sound, watcher.pictures.length, frameRate, 0.05),
    fineEnvelope: envelopeOf(sound, Math.ceil((sound.length / SAMPLE_RATE) * FINE_RATE), FINE_RATE, 0.02),
    soundDuration: sound.length / SAMPLE_RATE,
    stillNoise: watcher.stillNoise(),
  };
}

/** Root mean square in windows around the middle of each step. */
function envelopeOf(samples: Float32Array, count: number, rate: number, window: number): Float64Array {
  return Float64Array.from({ length: count }, (_, k) => {
    const centre = ((k + 0.5) / rate) * SAMPLE_RATE;
    const from = Math.max(0, Math.round(centre - (window / 2) * SAMPLE_RATE));
    const to = Math.min(samples.length, Math.round(centre + (window / 2) * SAMPLE_RATE));
    let sum = 0;
    for (let i = from; i < to; i++) sum += samples[i]! * samples[i]!;
    return to > from ? Math.sqrt(sum / (to - from)) : 0;
  });
}

class Watcher {
  readonly pictures: PictureFacts[] = [];
  private region: Region | null = null;
  private matcher: UpperFaceMatcher | null = null;
  private still: StillPlaces | null = null;

  constructor(
    private readonly models: PortraitModels,
    private readonly width: number,
    private readonly height: number,
    private readonly personAt: PersonAt,
  ) {}

  /** Looks at the next picture. */
  async add(photo: Photo): Promise<void> {
    if (this.region === null) await this.findFirst(photo);
    this.look(photo);
  }

  stillNoise(): number {
    return this.still?.noise() ?? Number.NaN;
  }

  private async findFirst(photo: Photo): Promise<void> {
    const { detector, mesh } = this.models;
    const sampler = new RegionSampler(photo);
    const { faces } = await findFaces(detector, sampler, photo, async () => {});
    const face = chooseMainFace(faces, photo);
    if (face === undefined) throw new Error("no face in the first picture");
    this.region = regionOfLandmarks(mesh.run(sampler, regionOfDetection(face), false));
  }

  private look(photo: Photo): void {
    const points = lookTwice(this.models.mesh, new RegionSampler(photo), this.region!);
    this.region = regionOfLandmarks(points);
    const { head, angles } = fitHeadPose(points, this.models.face);
    const landmarks = Float32Array.from(points);
    const size = head.eyeDistance;
    this.matcher ??= new UpperFaceMatcher(photo, landmarks, size);
    if (this.still === null) this.still = new StillPlaces(this.width, this.height, this.personAt, size);
    this.still.add(photo);
    const match = this.matcher.compare(photo, landmarks);
    const colour = meanColourAround(photo, landmarks, [50, 280], 0.12 * size);
    this.pictures.push({
      landmarks,
      eyeDistance: size,
      yaw: angles.yaw / DEGREE,
      pitch: angles.pitch / DEGREE,
      roll: angles.roll / DEGREE,
      cheek: toLab(...colour),
      faceDetail: detailAround(photo, landmarks, [50, 280, 6, 2], 1),
      halfDetail: detailAround(photo, landmarks, [50, 280, 6, 2], 2),
      upperSsim: match.ssim,
      upperPsnr: match.psnr,
    });
  }
}

function lookTwice(mesh: FaceMesh, sampler: RegionSampler, region: Region): Float64Array {
  const points = mesh.run(sampler, region, false);
  const mirrored = mesh.run(sampler, region, true);
  return points.map((value, i) => (value + mirrored[i]!) / 2);
}

function toPhoto(
  planes: readonly Uint8Array[],
  strides: readonly number[],
  width: number,
  height: number,
): Photo {
  const rgb = planesToRgb(planes, strides, width, height);
  return { width, height, rgb, alpha: null, sha256: "", mediaType: "video/mp4", warnings: [] };
}
