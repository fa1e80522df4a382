/**
 * The functions by name, to be inlined (`inline.exp(fourLanes, x)` is a value) or called: engines do not inline calls, so a
 * call saves size and costs a few nanoseconds.
 */
import { local, read } from '../assembler/build.ts';
import type { Value, WasmFunction } from '../assembler/code.ts';
import { exp, expm1, sigmoid, tanh } from './exponential.ts';
import { fourLanes, oneLane, type Float, type Lanes, type Width } from './lanes.ts';
import { log, log1p, softplus } from './logarithm.ts';
import { cos, sin } from './trigonometric.ts';

export const mathNames = [
  'exp',
  'expm1',
  'log',
  'log1p',
  'tanh',
  'sigmoid',
  'softplus',
  'sin',
  'cos',
] as const;
export type MathName = (typeof mathNames)[number];

type Inline = <W extends Width>(lanes: Lanes<W>, x: Float<W>) => Float<W>;

export const inline: Readonly<Record<MathName, Inline>> = {
  exp,
  expm1,
  log,
  log1p,
  tanh,
  sigmoid,
  softplus,
  sin,
  cos,
};

type ByName<Type extends 'f32' | 'v128'> = Readonly<
  Record<MathName, WasmFunction & { readonly result: Value<Type> }>
>;

/** From one number to one number. */
export const ofOne = Object.fromEntries(
  mathNames.map((name) => {
    const x = local('x', 'f32');
    return [name, { name, parameters: [x], body: [], result: inline[name](oneLane, read(x)) }];
  }),
) as unknown as ByName<'f32'>;

/** From four numbers to four numbers. */
export const ofFour = Object.fromEntries(
  mathNames.map((name) => {
    const x = local('x', 'v128');
    return [name, { name: `${name}4`, parameters: [x], body: [], result: inline[name](fourLanes, read(x)) }];
  }),
) as unknown as ByName<'v128'>;
