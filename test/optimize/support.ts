/** Update programs with their gradients as outputs, and the deterministic programs that central differences are taken of. */
import { expect } from 'vitest';
import { add, apply, constant, negate, read } from '../../src/calculus/build.ts';
import type { NamedArray } from '../../src/calculus/evaluate.ts';
import type { Expression } from '../../src/calculus/expression.ts';
import { mapChildren, walk } from '../../src/calculus/substitute.ts';
import type { Checked, Learning } from '../../src/check/typed.ts';
import { optimize, type Hints } from '../../src/optimize/optimize.ts';
import { prune } from '../../src/optimize/prune.ts';
import type { DrawTape, RunContext } from '../../src/runtime/executable.ts';
import { define } from '../../src/schedule/define.ts';
import { collectInputs } from '../../src/schedule/inputs.ts';
import { updateProgram } from '../../src/schedule/learning.ts';
import { readRegister } from '../../src/schedule/names.ts';
import type { Carried, Program, Register, Statement } from '../../src/schedule/program.ts';
import { interpret } from '../../src/targets/interpreter.ts';
import { centralDifferences, relativeError, uniformArray, uniforms } from '../calculus/support.ts';

export type Inputs = Readonly<Record<string, NamedArray | number>>;
type Output = Program['outputs'][number];

/** A learning with numbers for all of its axes and settings. */
export interface Case {
  readonly learning: Learning;
  readonly sizes: Readonly<Record<string, number>>;
  readonly scalars: Readonly<Record<string, number>>;
}

export const caseOf = (checked: Checked, name: string, set: Readonly<Record<string, number>>): Case => {
  const { definition, diagnostics } = define(checked, { set });
  if (definition === null) expect.fail(diagnostics.map(({ message }) => message).join('\n'));
  const learning = checked.learnings.find((one) => one.name === name)!;
  const made = definition.learnings.find((one) => one.name === name)!;
  const inference = definition.inferences.find((one) => one.name === made.inference);
  return {
    learning,
    sizes: { ...definition.sizes, example: 2 },
    scalars: { ...definition.settings, ...inference?.settings, ...made.settings },
  };
};

/** Random inputs of a program: arrays uniform within `ranges` (by name, default ±0.6), numbers as set. */
export const inputsOf = (
  program: Program,
  { sizes, scalars }: Case,
  options: {
    readonly seed: number;
    readonly ranges?: Readonly<Record<string, readonly [number, number]>>;
    readonly numbers?: Readonly<Record<string, number>>;
  },
): Inputs => {
  const next = uniforms(options.seed);
  const numbers: Readonly<Record<string, number>> = {
    iteration: 3,
    progress: 0.05,
    first_step: 0,
    step_count: 3,
    ...scalars,
    ...options.numbers,
  };
  return Object.fromEntries(
    [...program.inputs]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, indices, place }) => {
        if (place === 'host') {
          const value = numbers[name];
          if (value === undefined) throw new Error(`the test has no number for ${name}`);
          return [name, value];
        }
        const [low, high] = options.ranges?.[name] ?? (name.includes('.') ? [0.1, 0.5] : [-0.6, 0.6]);
        return [name, uniformArray(next, indices, sizes, low, high)];
      }),
  );
};

/** The update program with the gradient of each parameter as an output `<parameter>_gradient`. */
export const withGradients = (learning: Learning): Program => {
  const program = updateProgram(learning);
  const gradients: Output[] = program.body.flatMap((statement) =>
    statement.kind === 'gradient'
      ? statement.wrt.map(({ of, result }) => ({ name: `${of.name}_gradient`, register: result }))
      : [],
  );
  return { ...program, outputs: [...program.outputs, ...gradients] };
};

/** For each gradient of a learning: inference and its objective alone, and the parameters it is taken in. */
export const forwardPrograms = (
  learning: Learning,
): readonly { readonly forward: Program; readonly parameters: readonly string[] }[] => {
  const program = updateProgram(learning);
  return program.body.flatMap((statement, at) => {
    if (statement.kind !== 'gradient') return [];
    const body = program.body.slice(0, at).filter(({ kind }) => kind !== 'gradient');
    // Moves of earlier steps read gradients: what this objective does not need goes.
    const forward = prune({
      ...program,
      body,
      outputs: [{ name: 'objective', register: statement.objective }],
    });
    return [
      {
        forward: trimmed(withSurrogates(forward, program)),
        parameters: statement.wrt.map(({ of }) => of.name),
      },
    ];
  });
};

/** Pruning forgets surrogates, which only reverse mode reads: they are put back. */
const withSurrogates = (pruned: Program, original: Program): Program => {
  const surrogates = new Map<number, Expression | null>();
  const collect = (statement: Statement): void => {
    if (statement.kind === 'draw') surrogates.set(statement.site, statement.surrogate);
    if (statement.kind === 'repeat') statement.body.forEach(collect);
  };
  original.body.forEach(collect);
  const restore = (statement: Statement): Statement => {
    if (statement.kind === 'draw') return { ...statement, surrogate: surrogates.get(statement.site) ?? null };
    return statement.kind === 'repeat' ? { ...statement, body: statement.body.map(restore) } : statement;
  };
  return { ...pruned, body: pruned.body.map(restore) };
};

/** Inputs that are left, in the axes and places they had. */
const trimmed = (program: Program): Program => {
  const tensors = new Set(program.inputs.filter(({ place }) => place === 'tensor').map(({ name }) => name));
  return { ...program, inputs: collectInputs(program, tensors).inputs };
};

const isAt = (counter: Expression, turn: number): Expression => apply('equal', counter, constant(turn));

/**
 * What a derivative does not see, made constant: `detach(e)` becomes the value that e had on a first run, and a straight-through draw
 * becomes recorded value + mean(parameters) − mean on the first run. The recording program outputs those values, turn by turn; the
 * frozen program reads them as inputs, and plain central differences of it are the gradient that is meant.
 */
export const frozenPrograms = (
  program: Program,
  turns: number,
): { readonly recording: Program; readonly frozen: Program } => {
  const kept: Output[] = [];
  const names = new Map<string, Register>();
  const nameOf = (value: Expression, turn: number | 'top'): Register => {
    const key = `${value.id} ${turn}`;
    const known = names.get(key) ?? {
      name: `frozen_${names.size}`,
      indices: value.indices,
      place: 'tensor' as const,
    };
    names.set(key, known);
    return known;
  };
  const constants = (statement: Statement): readonly Expression[] => {
    const found: Expression[] = [];
    if (statement.kind === 'draw' && statement.surrogate !== null) found.push(statement.surrogate);
    if (statement.kind === 'assign')
      walk(statement.value, (node) => {
        if (node.kind === 'apply' && node.operator === 'detach') found.push(node.arguments[0]!);
      });
    return found;
  };
  const record = (
    statements: readonly Statement[],
    counter: Register | null,
    carried: Carried[],
  ): readonly Statement[] =>
    statements.flatMap((statement): readonly Statement[] => {
      if (statement.kind === 'repeat') {
        const more: Carried[] = [];
        const body = record(statement.body, statement.counter, more);
        return [{ ...statement, body, carried: [...statement.carried, ...more] }];
      }
      const assigned = constants(statement).flatMap((value): readonly Statement[] => {
        if (counter === null) {
          const target = nameOf(value, 'top');
          if (kept.some(({ name }) => name === target.name)) return [];
          kept.push({ name: target.name, register: target });
          return [{ kind: 'assign', target, value, note: null }];
        }
        for (let turn = 0; turn < turns; turn++) {
          const result = nameOf(value, turn);
          if (kept.some(({ name }) => name === result.name)) continue;
          const own = { ...result, name: `${result.name}_so_far` };
          carried.push({
            register: own,
            initial: constant(0),
            next: apply('where', isAt(read(counter.name), turn), value, readRegister(own)),
            result,
          });
          kept.push({ name: result.name, register: result });
        }
        return [];
      });
      return [statement, ...assigned];
    });
  const recording = { ...program, body: record(program.body, null, []), outputs: kept };

  const known = (value: Expression, counter: Register | null): Expression =>
    counter === null
      ? readRegister(nameOf(value, 'top'))
      : add(
          ...Array.from({ length: turns }, (_, turn) =>
            apply('where', isAt(read(counter.name), turn), readRegister(nameOf(value, turn)), constant(0)),
          ),
        );
  const withoutDetach = (node: Expression, counter: Register | null): Expression =>
    node.kind === 'apply' && node.operator === 'detach'
      ? known(node.arguments[0]!, counter)
      : mapChildren(node, (child) => withoutDetach(child, counter));
  const freeze = (statements: readonly Statement[], counter: Register | null): readonly Statement[] =>
    statements.flatMap((statement): readonly Statement[] => {
      if (statement.kind === 'repeat')
        return [{ ...statement, body: freeze(statement.body, statement.counter) }];
      if (statement.kind === 'assign')
        return [{ ...statement, value: withoutDetach(statement.value, counter) }];
      if (statement.kind !== 'draw' || statement.surrogate === null) return [statement];
      const { target, surrogate } = statement;
      const raw: Register = { ...target, name: `${target.name}_drawn` };
      const value = add(readRegister(raw), surrogate, negate(known(surrogate, counter)));
      return [
        { ...statement, target: raw, surrogate: null },
        { kind: 'assign', target, value, note: null },
      ];
    });
  const frozen = {
    ...program,
    inputs: [...program.inputs, ...kept.map(({ register }) => register)],
    body: freeze(program.body, null),
  };
  return { recording, frozen };
};

/** Central differences of an output in each parameter, on recorded draws and with frozen constants. */
export const objectiveSlopes = (
  forward: Program,
  inputs: Inputs,
  context: RunContext,
  parameters: readonly string[],
  turns: number,
): Readonly<Record<string, Float64Array>> => {
  const { recording, frozen } = frozenPrograms(forward, turns);
  const values: DrawTape['values'] = new Map();
  const constants = interpret(recording, inputs, { ...context, draws: { mode: 'record', values } });
  const replayed = { ...context, draws: { mode: 'replay', values } } as const;
  const [{ name: output }] = forward.outputs as readonly [Output];
  return Object.fromEntries(
    parameters.map((name) => [
      name,
      centralDifferences(
        (at) => interpret(frozen, { ...inputs, ...constants, [name]: at }, replayed)[output]!.values[0]!,
        inputs[name] as NamedArray,
        2e-4,
      ),
    ]),
  );
};

/** Every gradient of an optimised update program against central differences on the same draws. */
export const expectGradients = (
  one: Case,
  hints: Hints,
  options: Parameters<typeof inputsOf>[2],
  tolerance = 1e-6,
): void => {
  const { learning, sizes } = one;
  const program = withGradients(learning);
  const inputs = inputsOf(program, one, options);
  const context: RunContext = { seed: options.seed, firstExample: 0, sizes };
  const turns = one.scalars['steps'] ?? 1;
  const values: DrawTape['values'] = new Map();
  const found = interpret(optimize(program, hints), inputs, {
    ...context,
    draws: { mode: 'record', values },
  });
  for (const { forward, parameters } of forwardPrograms(learning)) {
    const wanted = objectiveSlopes(forward, inputs, context, parameters, turns);
    for (const name of parameters) {
      const [gradient, slope] = [found[`${name}_gradient`]!.values, wanted[name]!];
      expect(
        relativeError(gradient, slope),
        `${name}: ${gradient.slice(0, 6)} against ${slope.slice(0, 6)}`,
      ).toBeLessThan(tolerance);
      expect(Math.hypot(...slope), `the slope in ${name} says something`).toBeGreaterThan(1e-6);
    }
  }
};
