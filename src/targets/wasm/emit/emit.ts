/** Kernels as one WebAssembly module: of each phase `once_N(frame)` and `chunk_N(frame)`, whose frame tells of one chunk. */
import { axisOf, type Expression, type Index } from '../../../calculus/expression.ts';
import {
  assign,
  block,
  branch,
  fillMemory,
  host,
  i32,
  invoke,
  load,
  local,
  loop,
  operate,
  read,
  when,
} from '../assembler/build.ts';
import type { HostFunction, Local, Statement, Value, WasmFunction } from '../assembler/code.ts';
import { encodeModule } from '../assembler/encode-module.ts';
import { fuse } from '../assembler/fuse.ts';
import type {
  Area,
  DrawWork,
  HostStep,
  Nest,
  NoiseStep,
  PhasedKernels,
  Product,
  Step,
  Turns,
} from '../kernels/kernels.ts';
import { matrixProduct } from '../product/product.ts';
import { productAtWork } from '../product/at-work.ts';
import { symmetricProduct } from '../product/symmetric.ts';
import { transposed } from '../product/transposed.ts';
import { fill } from '../random/fill.ts';
import { blockWords, keySchedule } from '../random/threefry.ts';
import { oneLane } from '../math/lanes.ts';
import { asFloat64, lengthIn, newFrame, type Frame } from './frame.ts';
import { addUp } from './add-up.ts';
import { moveStacks, placeStacks, type StackTable } from './stacks.ts';
import { emitInversion } from './inversion.ts';
import { emitNest } from './nest.ts';
import { numberOf } from './number.ts';

/** Multiplications and additions rounded one by one, with the same bits in every engine, or fused where the processor can. */
export type Arithmetic = 'reproducible' | 'fused';

export interface EmittedKernels {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The same fused, or null. */
  readonly fused: Uint8Array<ArrayBuffer> | null;
  readonly frame: Frame;
  /** What JavaScript does when it is called with the number of a step, in order. */
  readonly hostSteps: readonly (HostStep['work'] | NoiseStep)[];
  /** Inner indices of the products that are not narrow, whose lengths set the size of scratch memory. */
  readonly inner: readonly (readonly Index[])[];
  /** Shapes of the operands and results of products that skip rows. */
  readonly gathered: readonly (readonly Index[])[];
}

/** 4 GiB: all that there can be. */
const mostPages = 65536;

interface Context {
  readonly frame: Frame;
  readonly at: Local<'i32'>;
  readonly kernels: PhasedKernels;
  readonly areas: ReadonlyMap<string, Area>;
  readonly indicesOf: (name: string) => readonly Index[] | undefined;
  readonly hostSteps: (HostStep['work'] | NoiseStep)[];
  readonly hostStep: HostFunction<null>;
  readonly fills: Map<string, WasmFunction>;
  readonly inner: (readonly Index[])[];
  readonly gathered: (readonly Index[])[];
  readonly stacks: ReadonlyMap<string, StackTable>;
  /** Lengths that the function at hand uses, each computed once, at its start. */
  readonly lengths: Map<string, readonly [Local<'i32'>, Value<'i32'>]>;
  nests: number;
}

export const emitKernels = (kernels: PhasedKernels, arithmetic: Arithmetic): EmittedKernels => {
  const areas = new Map(kernels.areas.map((area) => [area.name, area]));
  const frame = newFrame();
  const context: Context = {
    frame,
    at: local('frame', 'i32'),
    kernels,
    areas,
    indicesOf: (name) => areas.get(kernels.areaOf.get(name) ?? name)?.indices,
    hostSteps: [],
    hostStep: host('step', [local('number', 'i32')], null),
    fills: new Map(),
    inner: [],
    gathered: [],
    stacks: placeStacks(kernels.areas, frame),
    lengths: new Map(),
    nests: 0,
  };
  const phases = kernels.phases.flatMap(({ once, chunks }, phase) => [
    ...functionOf(`once_${phase}`, once, context),
    ...functionOf(`chunk_${phase}`, chunks, context),
  ]);
  const memory = { minimum: 1, maximum: mostPages, isShared: true };
  const exports = [...phases, addUp];
  return {
    bytes: encodeModule({ memory, exports }),
    fused: arithmetic === 'fused' ? encodeModule({ memory, exports: exports.map(fuse) }) : null,
    frame: context.frame,
    hostSteps: context.hostSteps,
    inner: context.inner,
    gathered: context.gathered,
  };
};

const functionOf = (name: string, steps: readonly Step[], context: Context): readonly WasmFunction[] => {
  if (steps.length === 0) return [];
  const body = emitSteps(steps, context);
  const lengths = [...context.lengths.values()].map(([variable, value]) => assign(variable, value));
  context.lengths.clear();
  return [{ name, parameters: [context.at], body: [...lengths, ...body], result: null }];
};

const keptLength = (key: string, value: () => Value<'i32'>, { lengths }: Context): Value<'i32'> => {
  const [variable] = lengths.get(key) ?? [local('length', 'i32')];
  if (!lengths.has(key)) lengths.set(key, [variable, value()]);
  return read(variable);
};

/** The length of indices together. */
const lengthOf = (indices: readonly Index[], context: Context): Value<'i32'> =>
  indices.length === 0
    ? i32(1)
    : keptLength(indices.map(axisOf).join(), () => lengthIn(context.frame, context.at, indices), context);

/** The bytes of an array, or of some together. */
const bytesOf = (arrays: readonly (readonly Index[])[], context: Context): Value<'i32'> => {
  const key = arrays.map((indices) => indices.map(axisOf).join()).join(' + ');
  const lengths = arrays.map((indices) => lengthIn(context.frame, context.at, indices));
  const total = lengths.reduce((sum, length) => operate('i32.add', sum, length));
  return keptLength(`bytes of ${key}`, () => operate('i32.shl', total, i32(2)), context);
};

const emitSteps = (steps: readonly Step[], context: Context): readonly Statement[] =>
  steps.flatMap((step) => emitStep(step, context));

const emitStep = (step: Step, context: Context): readonly Statement[] => {
  const { frame, at } = context;
  switch (step.kind) {
    case 'nest':
      return [callNest(step, context)];
    case 'product':
      return [callProduct(step, context)];
    case 'turned': {
      const [from, to] = [step.source, step.target].map((name) =>
        frame.whole(at, `at:${areaOf(name, context)}`),
      );
      const [rows, columns] = [step.rows, step.columns].map((indices) => lengthOf(indices, context));
      return [invoke(transposed, rows!, columns!, from!, to!)];
    }
    case 'forget':
      return step.targets.map((target) =>
        fillMemory(
          frame.whole(at, `at:${areaOf(target, context)}`),
          i32(0xff),
          bytesOf([context.indicesOf(target)!], context),
        ),
      );
    case 'noise':
      return emitNoise(step, context);
    case 'host':
      return step.work.kind === 'draw' ? emitDraw(step.work, context) : [callHost(step.work, context)];
    case 'turns':
      return emitTurns(step, context);
    case 'number':
      return [frame.setNumber(at, step.target, numberOf(step.value, frame, at))];
    case 'reading': {
      const address = frame.whole(at, `at:${areaOf(step.source, context)}`);
      return [frame.setNumber(at, step.target, operate('f64.promote_f32', load('f32.load', [address])))];
    }
  }
};

const areaOf = (name: string, { kernels }: Context): string => kernels.areaOf.get(name) ?? name;

const callNest = (nest: Nest, context: Context): Statement =>
  emitNest(nest, `nest_${context.nests++}`, {
    frame: context.frame,
    at: context.at,
    areaOf: (name) => areaOf(name, context),
    indicesOf: context.indicesOf,
    bytesOf: (arrays) => bytesOf(arrays, context),
  });

const callProduct = (step: Product, context: Context): Statement => {
  const { frame, at } = context;
  const { rows, columns, inner, layout } = step;
  const strideOf = (indices: readonly Index[]): Value<'i32'> => bytesOf([indices], context);
  const addressOf = (name: string): Value<'i32'> => frame.whole(at, `at:${areaOf(name, context)}`);
  // Those of one column are narrow.
  if (columns.length > 0) context.inner.push(inner);
  if (step.rowsAtWork !== null && layout !== 'transposed_left') {
    const { mask, before } = step.rowsAtWork;
    context.gathered.push([...rows, ...inner], [...rows, ...columns]);
    return invoke(
      productAtWork(layout, before === null ? 'rows' : 'changes'),
      addressOf(mask),
      before === null ? i32(0) : addressOf(before),
      ...[rows, columns, inner].map((indices) => lengthOf(indices, context)),
      ...[step.left, step.right, step.target].map(addressOf),
      strideOf(layout === 'transposed_right' ? inner : columns),
      keptLength('scratch', () => frame.whole(at, 'scratch'), context),
      frame.whole(at, 'gathered'),
    );
  }
  const [multiply, sizes] = step.isSymmetric
    ? [symmetricProduct(layout), [rows, inner]]
    : [matrixProduct(layout, step.isAdded ? 'added' : 'overwritten'), [rows, columns, inner]];
  return invoke(
    multiply,
    ...sizes.map((indices) => lengthOf(indices, context)),
    ...[step.left, step.right, step.target].map(addressOf),
    strideOf(layout === 'transposed_left' ? rows : inner),
    strideOf(layout === 'transposed_right' ? inner : columns),
    strideOf(columns),
    keptLength('scratch', () => frame.whole(at, 'scratch'), context),
  );
};

const callHost = (work: HostStep['work'] | NoiseStep, context: Context): Statement => {
  context.hostSteps.push(work);
  if (work.kind === 'noise' || work.kind === 'draw')
    touchDraw(work.kind === 'noise' ? work : work.draw, context);
  return invoke(context.hostStep, i32(context.hostSteps.length - 1));
};

/** Places in the frame that JavaScript fills for a draw. */
const touchDraw = ({ site }: { readonly site: number }, { frame }: Context): void => {
  for (const word of ['key0', 'key1', 'low', 'high'] as const) frame.place(`${word}:${site}`);
};

/** Noise of the key with the present counters; a tape is JavaScript's to read or to write. */
const emitNoise = (step: NoiseStep, context: Context): readonly Statement[] => {
  const { frame, at } = context;
  touchDraw(step, context);
  const { distribution, site, target } = step;
  const filler = context.fills.get(distribution) ?? fill(distribution);
  context.fills.set(distribution, filler);
  const { key, folded } = keyOf(site, step.counters, context);
  return [
    when(
      frame.whole(at, 'is_taped'),
      [callHost(step, context)],
      [
        ...folded,
        invoke(
          filler,
          ...key.map(read),
          frame.whole(at, `low:${site}`),
          frame.whole(at, `high:${site}`),
          lengthOf(target.indices, context),
          frame.whole(at, `at:${areaOf(target.name, context)}`),
        ),
      ],
    ),
  ];
};

/** The key of a draw with the present counters. */
const keyOf = (site: number, counters: readonly string[], { frame, at }: Context) => {
  const key = [local('key0', 'i32'), local('key1', 'i32')] as const;
  const start = [
    assign(key[0], frame.whole(at, `key0:${site}`)),
    assign(key[1], frame.whole(at, `key1:${site}`)),
  ];
  return { key, folded: [...start, ...counters.map((counter) => foldKey(key, frame.number(at, counter)))] };
};

/** Draws of a family: discrete ones by a kernel, if it can compute the masses. */
const emitDraw = (work: DrawWork, context: Context): readonly Statement[] => {
  const { frame, at } = context;
  const byHost = callHost(work, context);
  const { source, target, site } = work.draw;
  if (source.kind !== 'inversion') return [byHost];
  const step = context.hostSteps.length - 1;
  const addressOf = (name: string): Value<'i32'> => frame.whole(at, `at:${areaOf(name, context)}`);
  const { key, folded } = keyOf(site, work.counters, context);
  const drawn = emitInversion({ target, source, site, step, key }, frame, at, addressOf);
  return drawn === null ? [byHost] : [when(frame.whole(at, 'is_taped'), [byHost], [...folded, drawn])];
};

/** `foldKey` of `src/runtime/random.ts`; counters of loops are below 2^32. */
const foldKey = (key: readonly [Local<'i32'>, Local<'i32'>], counter: Value<'f64'>): Statement => {
  const fold = operate('i32.trunc_sat_f64_u', counter);
  const words = blockWords(oneLane, keySchedule(oneLane, [read(key[0]), read(key[1])]), [
    fold,
    i32(0x8000_0000),
  ]);
  return { kind: 'assign', pairs: key.map((word, place) => ({ local: word, value: words[place]! })) };
};

const emitTurns = (turns: Turns, context: Context): readonly Statement[] => {
  const { frame, at } = context;
  const number = (node: Expression): Value<'f64'> => numberOf(node, frame, at);
  const [turn, times] = [local('turn', 'i32'), local('times', 'i32')];
  const first = local('first', 'f64');
  const place = turns.isBackward
    ? operate('i32.sub', operate('i32.sub', read(times), i32(1)), read(turn))
    : read(turn);
  const counted = frame.setNumber(at, turns.counter, operate('f64.add', read(first), asFloat64(place)));
  const stacks = context.stacks.get(turns.stack);
  const isStacked = context.kernels.areas.some(({ stacks: labels }) => labels.includes(turns.stack));
  const entryOf = ([outermost, ...others]: readonly string[]): Value<'i32'> =>
    others.reduce(
      (before, label) =>
        operate(
          'i32.add',
          operate('i32.mul', before, frame.whole(at, `turns:${label}`)),
          frame.whole(at, `turn:${label}`),
        ),
      frame.whole(at, `turn:${outermost}`),
    );
  const after = (place: number): Value<'i32'> => operate('i32.add', read(at), i32(place));
  const moved =
    stacks === undefined
      ? []
      : [invoke(moveStacks, after(stacks.start), after(stacks.end), entryOf(stacks.labels))];
  const isOver = operate('i32.ge_s', read(turn), read(times));
  const stop = turns.whileAny === null ? [] : anyLeft(turns.whileAny, context);
  return [
    assign(times, operate('i32.trunc_sat_f64_s', operate('f64.ceil', number(turns.times)))),
    assign(first, number(turns.first)),
    assign(turn, i32(0)),
    block('turned', [
      loop(turns.label, [
        branch('turned', isOver),
        counted,
        ...(isStacked ? [frame.setWhole(at, `turn:${turns.stack}`, place)] : []),
        ...moved,
        ...emitSteps(turns.body, context),
        ...stop,
        assign(turn, operate('i32.add', read(turn), i32(1))),
        branch(turns.label),
      ]),
    ]),
  ];
};

/** Leaves the loop around where an array is 0 everywhere. */
const anyLeft = (name: string, context: Context): readonly Statement[] => {
  const { frame, at } = context;
  const [pointer, end] = [local('pointer', 'i32'), local('end', 'i32')];
  const bytes = bytesOf([context.indicesOf(name)!], context);
  return [
    assign(pointer, frame.whole(at, `at:${areaOf(name, context)}`)),
    assign(end, operate('i32.add', read(pointer), bytes)),
    block('found', [
      loop('search', [
        branch('turned', operate('i32.ge_u', read(pointer), read(end))),
        branch(
          'found',
          operate('f32.ne', load('f32.load', [read(pointer)]), { kind: 'constant', type: 'f32', value: 0 }),
        ),
        assign(pointer, operate('i32.add', read(pointer), i32(4))),
        branch('search'),
      ]),
    ]),
  ];
};
