import { decodeCanonicalFace } from "../../src/portrait/canonical-face.js";
import { PACKAGED_FILES, readPackagedFile, readPackedFile } from "../../src/portrait/model-files.js";
import { smoothstep } from "../../src/shared/numeric.js";
import { createField, type Field, type View } from "./field.js";

/** Triangles in centimetres: x to the right, y down, z to the viewer. */
export type Mesh = { readonly points: number[][]; readonly triangles: number[][] };

const UPPER_INNER_LIP = [78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308];
const LOWER_INNER_LIP = [95, 88, 178, 87, 14, 317, 402, 318, 324];

/** The neutral face of the MediaPipe canonical mesh (Apache-2.0), made into somebody. */
export async function faceMesh(): Promise<Mesh> {
  const canonical = await readCanonicalMesh();
  const points = canonical.points.map(individualise);
  for (const i of [...UPPER_INNER_LIP, ...LOWER_INNER_LIP]) {
    points[i]![1] = mouthLine(points[i]![0]!);
    points[i]![2]! -= 0.12;
  }
  return { points, triangles: canonical.triangles };
}

/** Where the closed lips meet. */
export function mouthLine(x: number): number {
  return (
    4.16 +
    0.1 * Math.exp(-((x / 0.5) ** 2)) +
    0.1 * (1 - Math.cos(Math.min(2.2, Math.abs(x)) * 1.9)) * 0.5 -
    0.045 * x * x
  );
}

/** A closed mouth, a narrower jaw, a slimmer nose: nobody's face in particular. */
function individualise([x, y, z]: number[]): number[] {
  const jaw = smoothstep(0, 8, y!);
  const nose = smoothstep(2.4, 1, Math.abs(x!)) * smoothstep(-2.5, 0, y!) * smoothstep(3.2, 2, y!);
  const cheekbone = Math.exp(-(((y! - 0.2) / 2.4) ** 2)) * smoothstep(3, 6.5, Math.abs(x!));
  const belowMouth =
    smoothstep(4.3, 4.5, y!) * Math.exp(-((x! / 2.6) ** 2)) * Math.exp(-(((y! - 4.5) / 2.6) ** 2));
  return [
    x! *
      (0.955 - 0.03 * smoothstep(2.5, 6, Math.abs(x!))) *
      (1 - 0.135 * jaw) *
      (1 - 0.14 * nose) *
      (1 + 0.015 * cheekbone),
    y! - 0.7 * smoothstep(4.5, 9.2, y!) - 0.12 * nose - 0.36 * belowMouth,
    z! + 0.1 * nose + 0.15 * cheekbone,
  ];
}

async function readCanonicalMesh(): Promise<Mesh> {
  const assets = await readPackagedFile(PACKAGED_FILES.faceMeshAssets);
  const index = await readPackagedFile(PACKAGED_FILES.faceMeshIndex);
  const name = "geometry_pipeline_metadata_landmarks.binarypb";
  const { vertices, triangles } = decodeCanonicalFace(readPackedFile(assets, index, name));
  return { points: triples(vertices).map(([x, y, z]) => [x!, y!, -z!]), triangles: triples(triangles) };
}

function triples(values: ArrayLike<number>): number[][] {
  return Array.from({ length: values.length / 3 }, (_, i) => [
    values[3 * i]!,
    values[3 * i + 1]!,
    values[3 * i + 2]!,
  ]);
}

/** Adds rings behind the face's rim, so that the surface rolls away instead of ending. */
export function withSkirt(mesh: Mesh): Mesh {
  const points = mesh.points.map((p) => p.slice());
  const triangles = mesh.triangles.map((t) => t.slice());
  let rim = boundaryOf(mesh);
  for (const [inset, back] of [
    [0.15, 1.4],
    [-0.5, 2.2],
    [-1.5, 2.6],
  ] as const) {
    const ring = rim.map((index) => {
      const [x, y, z] = points[index]! as [number, number, number];
      const upper = smoothstep(-1, -6, y);
      const k = 1 + (inset + upper * 0.9) / Math.hypot(x, y);
      points.push([x * k, y * k - upper * (inset > 0 ? 0.9 : 0.5), z - back]);
      return points.length - 1;
    });
    for (let i = 0; i < rim.length; i++) {
      const j = (i + 1) % rim.length;
      triangles.push([rim[i]!, ring[i]!, rim[j]!], [rim[j]!, ring[i]!, ring[j]!]);
    }
    rim = ring;
  }
  return { points, triangles };
}

function boundaryOf(mesh: Mesh): number[] {
  const next = new Map<number, number>();
  const seen = new Set<string>();
  for (const t of mesh.triangles) for (let k = 0; k < 3; k++) seen.add(`${t[k]},${t[(k + 1) % 3]}`);
  for (const edge of seen) {
    const [a, b] = edge.split(",").map(Number) as [number, number];
    if (!seen.has(`${b},${a}`)) next.set(a, b);
  }
  const start = 10;
  const loop = [start];
  for (let v = next.get(start)!; v !== start; v = next.get(v)!) loop.push(v);
  return loop;
}

/** One step of Loop subdivision (Loop 1987), boundaries kept as cubic splines. */
export function subdivide(mesh: Mesh): Mesh {
  const edges = new Map<string, { a: number; b: number; opposite: number[]; index: number }>();
  const neighbours: Set<number>[] = mesh.points.map(() => new Set());
  for (const t of mesh.triangles) {
    for (let k = 0; k < 3; k++) {
      const a = t[k]!;
      const b = t[(k + 1) % 3]!;
      const key = a < b ? `${a},${b}` : `${b},${a}`;
      const edge = edges.get(key) ?? { a, b, opposite: [], index: 0 };
      edge.opposite.push(t[(k + 2) % 3]!);
      edges.set(key, edge);
      neighbours[a]!.add(b);
      neighbours[b]!.add(a);
    }
  }
  const rimNeighbours = new Map<number, number[]>();
  for (const { a, b, opposite } of edges.values()) {
    if (opposite.length === 2) continue;
    rimNeighbours.set(a, [...(rimNeighbours.get(a) ?? []), b]);
    rimNeighbours.set(b, [...(rimNeighbours.get(b) ?? []), a]);
  }
  const at = mesh.points;
  const points = at.map((p, i) => {
    const rim = rimNeighbours.get(i);
    if (rim !== undefined) return blend([p, 0.75], [at[rim[0]!]!, 0.125], [at[rim[1]!]!, 0.125]);
    const around = [...neighbours[i]!];
    const n = around.length;
    const beta = n === 3 ? 3 / 16 : 3 / (8 * n);
    return blend([p, 1 - n * beta], ...around.map((j) => [at[j]!, beta] as const));
  });
  for (const edge of edges.values()) {
    const { a, b, opposite } = edge;
    edge.index = points.length;
    points.push(
      opposite.length === 2
        ? blend([at[a]!, 0.375], [at[b]!, 0.375], [at[opposite[0]!]!, 0.125], [at[opposite[1]!]!, 0.125])
        : blend([at[a]!, 0.5], [at[b]!, 0.5]),
    );
  }
  const middle = (a: number, b: number): number => edges.get(a < b ? `${a},${b}` : `${b},${a}`)!.index;
  const triangles = mesh.triangles.flatMap(([a, b, c]) => {
    const ab = middle(a!, b!);
    const bc = middle(b!, c!);
    const ca = middle(c!, a!);
    return [
      [a!, ab, ca],
      [ab, b!, bc],
      [ca, bc, c!],
      [ab, bc, ca],
    ];
  });
  return { points, triangles };
}

function blend(...terms: (readonly [number[], number])[]): number[] {
  const sum = [0, 0, 0];
  for (const [p, weight] of terms) for (let k = 0; k < 3; k++) sum[k]! += p[k]! * weight;
  return sum;
}

/** Height of the nearest surface at every pixel, centimetres; -1000 where there is none. */
export function depthOf(mesh: Mesh, view: View): Field {
  const depth = createField(view.width, view.height, -1000);
  const s = view.pixelsPerCm;
  const screen = mesh.points.map(([x, y, z]) => [x! * s + view.originX, y! * s + view.originY, z!]);
  for (const [ia, ib, ic] of mesh.triangles) {
    const [ax, ay, az] = screen[ia!]! as [number, number, number];
    const [bx, by, bz] = screen[ib!]! as [number, number, number];
    const [cx, cy, cz] = screen[ic!]! as [number, number, number];
    const area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
    if (Math.abs(area) < 1e-9) continue;
    const firstRow = Math.max(0, Math.ceil(Math.min(ay, by, cy) - 0.5));
    const lastRow = Math.min(view.height - 1, Math.floor(Math.max(ay, by, cy) - 0.5));
    const first = Math.max(0, Math.ceil(Math.min(ax, bx, cx) - 0.5));
    const last = Math.min(view.width - 1, Math.floor(Math.max(ax, bx, cx) - 0.5));
    for (let row = firstRow; row <= lastRow; row++) {
      for (let column = first; column <= last; column++) {
        const px = column + 0.5;
        const py = row + 0.5;
        const wa = ((bx - px) * (cy - py) - (by - py) * (cx - px)) / area;
        const wb = ((cx - px) * (ay - py) - (cy - py) * (ax - px)) / area;
        const wc = 1 - wa - wb;
        if (wa < -1e-6 || wb < -1e-6 || wc < -1e-6) continue;
        const z = wa * az + wb * bz + wc * cz;
        const i = row * view.width + column;
        if (z > depth.data[i]!) depth.data[i] = z;
      }
    }
  }
  return depth;
}
