import type { Canvas } from "../apertures/aperture.js";
import type { Behind, SceneCells } from "../backdrop/behind.js";
import { BOTH, STILL } from "../backdrop/cover.js";
import type { Kernels } from "../kernels/kernels.js";
import type { AlphaCells } from "./alpha-cells.js";
import type { Scenery } from "./scenery.js";

/**
 * A new background behind a person who was cut out. Before one that stands still, cells at rest come ready from the
 * scene's rest picture, see {@link NewBackdrop.composeRest}; before a film all cells that show any of it are laid over
 * it in every frame.
 */
export class NewBackdrop implements Behind {
  constructor(
    private readonly kernels: Kernels,
    private readonly alpha: AlphaCells,
    private readonly cells: SceneCells,
    private readonly scenery: Scenery,
  ) {}

  takeCells(flags: Uint8Array, coarseFlags: Uint8Array): void {
    this.alpha.take(flags, coarseFlags, !this.scenery.isStill);
    this.alpha.warp();
  }

  draw(plane: "y" | "u" | "v", canvas: Canvas): void {
    const { kernels, cells, alpha } = this;
    const step = plane === "y" ? 1 : 2;
    const kinds = step === 1 ? alpha.kinds.at : alpha.coarseKinds.at;
    const [columns, rows] = [cells.columns / step, cells.rows / step];
    const target = canvas[plane].at;
    const stride = canvas.stride / step;
    const behind = this.scenery.picture[plane].at;
    // The kinds are flags for both: STILL is copied, BOTH is blended.
    kernels.copyCells(behind, target, stride, columns, rows, kinds, cells.cellShift);
    kernels.blendCells(behind, target, stride, alpha.alpha.at, step, columns, rows, kinds, cells.cellShift);
  }

  /** Lays one plane of the picture at rest over what stands behind it. */
  composeRest(plane: "y" | "u" | "v", canvas: Canvas): void {
    const { kernels, cells, alpha } = this;
    const step = plane === "y" ? 1 : 2;
    const kinds = step === 1 ? alpha.kinds : alpha.coarseKinds;
    kinds.view.fill(BOTH);
    kernels.blendCells(
      this.scenery.picture[plane].at,
      canvas[plane].at,
      canvas.stride / step,
      alpha.rest.at,
      step,
      cells.columns / step,
      cells.rows / step,
      kinds.at,
      cells.cellShift,
    );
  }
}

/** No background at all: frames carry the person's coverage, beside colours that are not multiplied with it. */
export class Transparency implements Behind {
  /** @param rest - the person's colours at rest; around them they stay as they are there */
  constructor(
    private readonly kernels: Kernels,
    private readonly alpha: AlphaCells,
    private readonly cells: SceneCells,
    private readonly rest: Canvas,
  ) {}

  takeCells(flags: Uint8Array, coarseFlags: Uint8Array): void {
    this.alpha.take(flags, coarseFlags, true);
    this.alpha.warp();
  }

  draw(plane: "y" | "u" | "v", canvas: Canvas): void {
    const { kernels, cells, alpha } = this;
    const step = plane === "y" ? 1 : 2;
    kernels.copyCells(
      this.rest[plane].at,
      canvas[plane].at,
      canvas.stride / step,
      cells.columns / step,
      cells.rows / step,
      step === 1 ? alpha.kinds.at : alpha.coarseKinds.at,
      cells.cellShift,
    );
    // After the last plane, whose padding lies in it.
    if (plane === "v") this.drawAlpha(canvas);
  }

  private drawAlpha({ a, stride }: Canvas): void {
    const { columns, rows, cellShift } = this.cells;
    const { kinds, alpha } = this.alpha;
    const target = a!.view;
    const cell = 1 << cellShift;
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; ) {
        const kind = kinds.view[y * columns + x]!;
        const first = x;
        while (x < columns && kinds.view[y * columns + x] === kind) x++;
        for (let row = y * cell; row < (y + 1) * cell; row++) {
          const from = row * stride + first * cell;
          const to = row * stride + x * cell;
          if (kind === BOTH) target.set(alpha.view.subarray(from, to), from);
          else target.fill(kind === STILL ? 0 : 255, from, to);
        }
      }
    }
  }
}
