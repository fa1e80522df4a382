/**
 * Runs programs in float64, statement by statement. It is the meaning that other targets are compared with: it
 * keeps only what a program says is saved, so that a program that reads more fails here.
 */
import { evaluate, reorder, scalar, type NamedArray } from '../calculus/evaluate.ts';
import { axisOf, lengthOf, type Expression, type Index } from '../calculus/expression.ts';
import { drawOneHot } from '../runtime/choice.ts';
import { densitySource } from '../runtime/density-source.ts';
import { drawDensity, fillSlopes, type DensitySampler, type ImplicitSlope } from '../runtime/density.ts';
import { implicitSource } from '../runtime/implicit-source.ts';
import { drawInversion, type CountingSupport } from '../runtime/inversion.ts';
import { drawnThrough, type RunContext } from '../runtime/executable.ts';
import { fillNoise } from '../runtime/noise.ts';
import { keyOf } from '../runtime/random.ts';
import { exp } from '../runtime/exponential.ts';
import * as special from '../runtime/special.ts';
import type { Draw, Program, Register, Repeat, SourceParameter, Statement } from '../schedule/program.ts';
import {
  densityLaw,
  implicitLaw,
  inversionLaw,
  type DensityDraw,
  type Implicit,
  type Inversion,
} from './laws.ts';

type Registers = Map<string, NamedArray>;

/** What a forward loop saved, turn by turn: registers, and what the loops inside it saved. */
interface Frame {
  readonly registers: Registers;
  readonly stacks: Map<string, readonly Frame[]>;
}

interface Block extends Frame {
  readonly outer: Block | null;
  readonly counters: readonly number[];
}

/**
 * Runs a program.
 *
 * @param inputs arrays in the axes of the program's inputs (names of their indices do not matter), or numbers
 * @throws Error when an input is missing or has another shape, or the program holds statements that lowering
 *   should have removed
 */
export const interpret = (
  program: Program,
  inputs: Readonly<Record<string, NamedArray | number>>,
  context: RunContext,
): Record<string, NamedArray> => {
  const shapeOf = (indices: readonly Index[]): readonly number[] =>
    indices.map((index) => {
      const size = lengthOf(index, context.sizes);
      if (size === undefined) throw new Error(`the axis "${axisOf(index)}" has no size`);
      return size;
    });
  const block: Block = { registers: new Map(), stacks: new Map(), outer: null, counters: [] };
  for (const register of program.inputs) {
    const given = inputs[register.name];
    if (given === undefined) throw new Error(`${program.name} needs the input "${register.name}"`);
    const array = typeof given === 'number' ? scalar(given) : given;
    const shape = shapeOf(register.indices);
    if (array.shape.join() !== shape.join()) {
      const found = `has shape [${array.shape.join(', ')}]`;
      throw new Error(`the input "${register.name}" of ${program.name} ${found}, not [${shape.join(', ')}]`);
    }
    block.registers.set(register.name, { ...array, indices: register.indices });
  }
  const iteration = program.inputs.some(({ name }) => name === 'iteration') ? Number(inputs['iteration']) : 0;

  const valueOf = (expression: Expression, at: Block): NamedArray =>
    evaluate(expression, (name) => find(name, at), context.sizes);
  const numberOf = (expression: Expression, at: Block): number => valueOf(expression, at).values[0]!;
  /** The value of an expression as an array with exactly the indices of a register. */
  const filled = (expression: Expression, register: Register, at: Block): NamedArray =>
    spread(valueOf(expression, at), register.indices, shapeOf(register.indices));

  const run = (statements: readonly Statement[], at: Block): void =>
    statements.forEach((statement) => execute(statement, at));
  const execute = (statement: Statement, at: Block): void => {
    switch (statement.kind) {
      case 'assign':
        at.registers.set(statement.target.name, filled(statement.value, statement.target, at));
        return;
      case 'draw':
        at.registers.set(statement.target.name, draw(statement, at));
        return;
      case 'repeat':
        return repeat(statement, at);
      case 'gradient':
        throw new Error(`internal: a ${statement.kind} statement of ${program.name} has not been lowered`);
    }
  };

  const draw = (statement: Draw, at: Block): NamedArray => {
    const { target, source } = statement;
    const shape = shapeOf(target.indices);
    const folds = [statement.site, iteration, ...at.counters];
    const key = keyOf(context.seed, ...folds);
    const length = shape.reduce((count, size) => count * size, 1);
    const perExample = target.indices[0] === 'example' ? length / shape[0]! : 0;
    const offset = perExample === 0 ? 0 : context.firstExample * perExample;
    const columnsOf = (parameters: readonly SourceParameter[]): readonly Float64Array[] =>
      parameters.map(({ value }) => filled(value, target, at).values);
    if (source.kind === 'implicit') {
      // No draw: what it reads was drawn before.
      const slopes = new Float64Array(length);
      fillSlopes(slopes, columnsOf(source.parameters), implicitOf(source));
      return { indices: target.indices, shape, values: slopes };
    }
    const values = drawnThrough(context.draws, folds, new Float64Array(length), (empty) => {
      switch (source.kind) {
        case 'noise':
          return fillNoise(source.distribution, key, empty, offset, shape.at(-1));
        case 'choice':
          return drawOneHot(key, empty, offset, shape.at(-1)!, filled(source.logits, target, at).values);
        case 'density':
          return drawDensity(key, empty, offset, columnsOf(source.parameters), densityOf(source));
        case 'inversion': {
          const { support, mean, logMass, ratio } = inversionOf(source);
          return drawInversion(
            key,
            empty,
            offset,
            support,
            columnsOf(source.parameters),
            mean,
            logMass,
            ratio,
          );
        }
      }
    });
    return { indices: target.indices, shape, values };
  };

  const repeat = (loop: Repeat, at: Block): void => {
    const times = numberOf(loop.times, at);
    const first = numberOf(loop.first, at);
    const replayed = loop.direction === 'backward' ? stackOf(loop.replays, at) : null;
    if (replayed !== null && replayed.length !== times) {
      throw new Error(`internal: "${loop.label}" replays ${replayed.length} turns ${times} times`);
    }
    let carried = new Map(
      loop.carried.map((entry) => [entry.register.name, filled(entry.initial, entry.register, at)]),
    );
    const frames: Frame[] = [];
    for (let turn = 0; turn < times; turn++) {
      const place = loop.direction === 'forward' ? turn : times - 1 - turn;
      const counter = first + place;
      const saved = replayed?.[place];
      const body: Block = {
        registers: new Map([...(saved?.registers ?? []), ...carried, [loop.counter.name, scalar(counter)]]),
        stacks: new Map(saved?.stacks),
        outer: at,
        counters: [...at.counters, counter],
      };
      run(loop.body, body);
      carried = new Map(
        loop.carried.map((entry) => [entry.register.name, filled(entry.next, entry.register, body)]),
      );
      frames.push({
        registers: new Map(loop.saved.map(({ name }) => [name, find(name, body)])),
        stacks: body.stacks,
      });
      if (loop.whileAny !== null && carried.get(loop.whileAny.name)!.values.every((value) => value === 0))
        break;
    }
    if (loop.direction === 'forward') at.stacks.set(loop.label, frames);
    for (const { register, result } of loop.carried)
      at.registers.set(result.name, carried.get(register.name)!);
  };

  run(program.body, block);
  return Object.fromEntries(program.outputs.map(({ name, register }) => [name, find(register.name, block)]));
};

const find = (name: string, block: Block): NamedArray => {
  for (let at: Block | null = block; at !== null; at = at.outer) {
    const found = at.registers.get(name);
    if (found !== undefined) return found;
  }
  throw new Error(`internal: the register "${name}" has no value here`);
};

const stackOf = (label: string | null, block: Block): readonly Frame[] | null => {
  if (label === null) return null;
  for (let at: Block | null = block; at !== null; at = at.outer) {
    const found = at.stacks.get(label);
    if (found !== undefined) return found;
  }
  throw new Error(`internal: no loop "${label}" ran before its replay`);
};

/** The array with exactly these indices, repeated along those that it lacks. */
const spread = (array: NamedArray, indices: readonly Index[], shape: readonly number[]): NamedArray => {
  const extra = array.indices.find((index) => !indices.includes(index));
  if (extra !== undefined)
    throw new Error(`internal: a value over ${extra} meets a register over ${indices.join(', ')}`);
  const missing = indices.filter((index) => !array.indices.includes(index));
  if (missing.length === 0) return reorder(array, indices);
  const sizes = missing.map((index) => shape[indices.indexOf(index)]!);
  const copies = sizes.reduce((count, size) => count * size, 1);
  const values = new Float64Array(copies * array.values.length);
  for (let copy = 0; copy < copies; copy++) values.set(array.values, copy * array.values.length);
  return reorder(
    { indices: [...missing, ...array.indices], shape: [...sizes, ...array.shape], values },
    indices,
  );
};

/** A function of each source, made once. */
const madeOnce = <Source extends object, Made>(
  make: (source: Source) => Made,
): ((source: Source) => Made) => {
  const known = new WeakMap<Source, Made>();
  return (source) => {
    const found = known.get(source) ?? make(source);
    known.set(source, found);
    return found;
  };
};

const make = (text: string): unknown =>
  (new Function('nsm', text) as (nsm: object) => unknown)({ ...special, exp });

interface Law {
  readonly support: (...x: number[]) => CountingSupport;
  readonly mean: (...x: number[]) => number;
  readonly logMass: (...x: number[]) => number;
  readonly ratio: (...x: number[]) => number;
}

const inversionOf = madeOnce((source: Inversion): Law => {
  const { parameters, derived, mean, logMass, ratio, low, high } = inversionLaw(source);
  const parts = derived.map(({ name, value }) => `const ${name} = ${value};`).join(' ');
  const of = (names: readonly string[], value: string): string =>
    `(${names.join(', ')}) => { ${parts} return ${value}; }`;
  const functions = [
    `support: ${of(parameters, `{ low: ${low}, high: ${high} }`)}`,
    `mean: ${of(parameters, mean)}`,
    `logMass: ${of(['x', ...parameters], logMass)}`,
    `ratio: ${of(['x', ...parameters], ratio)}`,
  ];
  return make(`return { ${functions.join(', ')} };`) as Law;
});
const densityOf = madeOnce(
  (source: DensityDraw) =>
    make(`${densitySource('draw', densityLaw(source))} return draw;`) as DensitySampler,
);
const implicitOf = madeOnce(
  (source: Implicit) =>
    make(`${implicitSource('slope', implicitLaw(source))} return slope;`) as ImplicitSlope,
);
