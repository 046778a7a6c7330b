import { concatenate, padWithZeros, sliceWithStrides } from "./arrangement.js";
import { cropBilinear, cropMatrix, readCropOptions, transformPoints } from "./attention.js";
import type { BufferPlan } from "./buffer-plan.js";
import { packWeights, paddedSize, planWindow, type Window } from "./convolution.js";
import { activate, logistic, NO_ACTIVATION } from "./elementwise.js";
import { convolveTransposed, resizeBilinear } from "./spatial.js";
import type { TfliteModel, TfliteOperator } from "./tflite-model.js";

/** Prepares one operator: lays out its memory and returns what a run does, or null when there is nothing to do. */
type Kernel = (operator: TfliteOperator, model: TfliteModel, buffers: BufferPlan) => (() => void) | null;

const PADDING_SAME = 0;

/** How each operator runs. */
export const KERNELS: Readonly<Record<string, Kernel>> = {
  CONV_2D: convolution,
  DEPTHWISE_CONV_2D: depthwise,
  ADD: (operator, _, buffers) => broadcast(operator, buffers, buffers.kernels.add),
  MUL: (operator, _, buffers) => broadcast(operator, buffers, buffers.kernels.multiply),
  RELU: (operator, _, buffers) =>
    elementwise(operator, buffers, (x, out) => buffers.kernels.relu(x, out, Number.POSITIVE_INFINITY)),
  RELU6: (operator, _, buffers) =>
    elementwise(operator, buffers, (x, out) => buffers.kernels.relu(x, out, 6)),
  HARD_SWISH: (operator, _, buffers) => elementwise(operator, buffers, buffers.kernels.hardSwish),
  LOGISTIC: (operator, _, buffers) => elementwise(operator, buffers, logistic),
  PRELU: (operator, _, buffers) => {
    const slope = buffers.resident(buffers.floats(operator.inputs[1]!));
    return elementwise(operator, buffers, (x, out) => buffers.kernels.prelu(x, slope, out));
  },
  MAX_POOL_2D: (operator, _, buffers) => pooling(operator, buffers, buffers.kernels.maxPool),
  AVERAGE_POOL_2D: (operator, _, buffers) => pooling(operator, buffers, buffers.kernels.averagePool),
  RESIZE_BILINEAR: resize,
  RESHAPE: (operator, _, buffers) => {
    buffers.share(operator.outputs[0]!, operator.inputs[0]!);
    return null;
  },
  PAD: (operator, _, buffers) => {
    const [input, paddings] = operator.inputs as [number, number];
    const x = buffers.floats(input);
    const out = buffers.allocate(operator.outputs[0]!);
    const before = buffers.integers(paddings);
    const outShape = buffers.shape(operator.outputs[0]!);
    return () => padWithZeros(x, buffers.shape(input), before, out, outShape);
  },
  STRIDED_SLICE: slice,
  CONCATENATION: (operator, _, buffers) => {
    const parts = operator.inputs.map((id) => ({ values: buffers.floats(id), shape: buffers.shape(id) }));
    const out = buffers.allocate(operator.outputs[0]!);
    return () => concatenate(parts, operator.int32(0), out);
  },
  Convolution2DTransposeBias: transposed,
  Landmarks2TransformMatrix: (operator, _, buffers) => {
    const options = readCropOptions(operator.flexOptions());
    const landmarks = buffers.floats(operator.inputs[0]!);
    const out = buffers.allocate(operator.outputs[0]!);
    return () => cropMatrix(landmarks, options, out);
  },
  TransformTensorBilinear: (operator, _, buffers) => {
    const [input, matrix] = operator.inputs as [number, number];
    const x = buffers.floats(input);
    const transform = buffers.floats(matrix);
    const out = buffers.allocate(operator.outputs[0]!);
    return () => cropBilinear(x, buffers.shape(input), transform, out, buffers.shape(operator.outputs[0]!));
  },
  TransformLandmarks: (operator, _, buffers) => {
    const points = buffers.floats(operator.inputs[0]!);
    const matrix = buffers.floats(operator.inputs[1]!);
    const out = buffers.allocate(operator.outputs[0]!);
    return () => transformPoints(points, matrix, out);
  },
};

function elementwise(
  operator: TfliteOperator,
  buffers: BufferPlan,
  apply: (x: Float32Array, out: Float32Array) => void,
): () => void {
  const x = buffers.floats(operator.inputs[0]!);
  const out = buffers.allocateInPlace(operator.outputs[0]!, operator.inputs[0]!);
  return () => apply(x, out);
}

function broadcast(
  operator: TfliteOperator,
  buffers: BufferPlan,
  apply: (a: Float32Array, b: Float32Array, out: Float32Array) => void,
): () => void {
  let [first, second] = operator.inputs as [number, number];
  if (buffers.floats(first).length < buffers.floats(second).length) [first, second] = [second, first];
  const operand = (id: number): Float32Array =>
    buffers.isConstant(id) ? buffers.resident(buffers.floats(id)) : buffers.floats(id);
  const a = operand(first);
  const b = operand(second);
  const channels = buffers.shape(first).at(-1);
  if (b.length !== a.length && b.length !== channels && b.length !== 1) {
    throw new RangeError(`Cannot broadcast ${b.length} values over ${a.length}`);
  }
  const activation = operator.int8(0);
  const out = buffers.allocateInPlace(operator.outputs[0]!, first);
  return () => {
    apply(a, b, out);
    if (activation !== NO_ACTIVATION) activate(out, activation);
  };
}

/** Bias padded to the groups of four that the matrix product works in. */
function paddedBias(bias: Float32Array): Float32Array {
  const padded = new Float32Array(Math.ceil(bias.length / 4) * 4);
  padded.set(bias);
  return padded;
}

/** Zero-bordered scratch for a window; null when the window never leaves the tensor. */
function borderFor(window: Window, buffers: BufferPlan): Float32Array | null {
  const { height, width } = paddedSize(window);
  if (height === window.height && width === window.width) return null;
  const key = [
    height,
    width,
    window.height,
    window.width,
    window.channels,
    window.padTop,
    window.padLeft,
  ].join();
  return buffers.padded(key, height * width * window.channels);
}

function convolution(operator: TfliteOperator, _: TfliteModel, buffers: BufferPlan): () => void {
  const [input, filter, biasId] = operator.inputs as [number, number, number];
  const [outputs, kernelHeight, kernelWidth, channels] = buffers.shape(filter) as [
    number,
    number,
    number,
    number,
  ];
  const stride = operator.int32(1);
  if (stride !== operator.int32(2)) throw new RangeError("Strides must be equal");
  const window = planWindow(
    buffers.shape(input),
    kernelHeight,
    kernelWidth,
    stride,
    operator.int8(0) === PADDING_SAME,
  );
  const depth = kernelHeight * kernelWidth * channels;
  const packed = buffers.resident(packWeights(buffers.floats(filter), outputs, depth));
  const bias = buffers.resident(paddedBias(buffers.floats(biasId)));
  const x = buffers.floats(input);
  const out = buffers.allocate(operator.outputs[0]!);
  const rows = window.outHeight * window.outWidth;
  const activation = operator.int8(3);
  if (kernelHeight === 1 && kernelWidth === 1 && stride === 1) {
    return () => {
      buffers.kernels.multiplyRows(x, packed, bias, out, rows, depth, outputs);
      if (activation !== NO_ACTIVATION) activate(out, activation);
    };
  }
  const border = borderFor(window, buffers);
  const patches = buffers.padded(`patches ${rows * depth}`, rows * depth);
  return () => {
    if (border !== null) buffers.kernels.copyPadded(x, window, border);
    buffers.kernels.gatherPatches(border ?? x, window, patches);
    buffers.kernels.multiplyRows(patches, packed, bias, out, rows, depth, outputs);
    if (activation !== NO_ACTIVATION) activate(out, activation);
  };
}

function depthwise(operator: TfliteOperator, _: TfliteModel, buffers: BufferPlan): () => void {
  const [input, filter, biasId] = operator.inputs as [number, number, number];
  const [, kernelHeight, kernelWidth] = buffers.shape(filter) as [number, number, number];
  const stride = operator.int32(1);
  if (stride !== operator.int32(2) || operator.int32(3, 1) !== 1)
    throw new RangeError("Depthwise form not supported");
  const window = planWindow(
    buffers.shape(input),
    kernelHeight,
    kernelWidth,
    stride,
    operator.int8(0) === PADDING_SAME,
  );
  const weights = buffers.resident(buffers.floats(filter));
  const bias = buffers.resident(buffers.floats(biasId));
  const x = buffers.floats(input);
  const out = buffers.allocate(operator.outputs[0]!);
  const border = borderFor(window, buffers);
  const activation = operator.int8(4);
  return () => {
    if (border !== null) buffers.kernels.copyPadded(x, window, border);
    buffers.kernels.convolveDepthwise(border ?? x, window, weights, bias, out);
    if (activation !== NO_ACTIVATION) activate(out, activation);
  };
}

function pooling(
  operator: TfliteOperator,
  buffers: BufferPlan,
  apply: (x: Float32Array, window: Window, out: Float32Array) => void,
): () => void {
  const stride = operator.int32(1);
  // A window as large as the tensor has one position, whatever its strides are.
  const same = operator.int8(0) === PADDING_SAME;
  const window = planWindow(
    buffers.shape(operator.inputs[0]!),
    operator.int32(4),
    operator.int32(3),
    stride,
    same,
  );
  const x = buffers.floats(operator.inputs[0]!);
  const out = buffers.allocate(operator.outputs[0]!);
  return () => apply(x, window, out);
}

function resize(operator: TfliteOperator, _: TfliteModel, buffers: BufferPlan): () => void {
  const alignCorners = operator.int8(2) !== 0;
  const halfPixelCentres = operator.int8(3) !== 0;
  if (alignCorners || !halfPixelCentres)
    throw new RangeError("Only half-pixel bilinear resizing is supported");
  const inShape = buffers.shape(operator.inputs[0]!);
  const outShape = buffers.shape(operator.outputs[0]!);
  const x = buffers.floats(operator.inputs[0]!);
  const out = buffers.allocate(operator.outputs[0]!);
  return () => resizeBilinear(x, inShape, out, outShape);
}

function slice(operator: TfliteOperator, _: TfliteModel, buffers: BufferPlan): () => void {
  const [input, begin, end, strides] = operator.inputs as [number, number, number, number];
  const plan = {
    shape: buffers.shape(input),
    begin: buffers.integers(begin),
    strides: buffers.integers(strides),
    beginMask: operator.int32(0),
    outShape: buffers.shape(operator.outputs[0]!),
  };
  buffers.integers(end);
  const x = buffers.floats(input);
  const out = buffers.allocate(operator.outputs[0]!);
  return () => sliceWithStrides(x, plan, out);
}

function transposed(operator: TfliteOperator, _: TfliteModel, buffers: BufferPlan): () => void {
  const [input, filter, bias] = operator.inputs as [number, number, number];
  const [, kernel, kernelWidth] = buffers.shape(filter) as [number, number, number];
  // TfLiteTransposeConvParams: padding, stride width, stride height, as 32-bit integers.
  const options = operator.customOptions;
  const view = new DataView(options.buffer, options.byteOffset, options.byteLength);
  if (view.getInt32(4, true) !== kernel || view.getInt32(8, true) !== kernelWidth || kernel !== kernelWidth) {
    throw new RangeError("Only transposed convolutions with kernel = stride are supported");
  }
  const x = buffers.floats(input);
  const out = buffers.allocate(operator.outputs[0]!);
  return () =>
    convolveTransposed(x, buffers.shape(input), buffers.floats(filter), buffers.floats(bias), kernel, out);
}
