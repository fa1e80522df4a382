/** Slopes ∂x/∂η of implicit reparametrisation, as the compiled program computes them, at given values in place of draws. */
import { read } from '../calculus/build.ts';
import type { NamedArray } from '../calculus/evaluate.ts';
import type { Family } from '../check/typed.ts';
import { emitDraw } from '../schedule/draw.ts';
import { makeBlock, makeNames } from '../schedule/names.ts';
import type { Program, Register } from '../schedule/program.ts';
import { interpret } from '../targets/interpreter.ts';
import type { Subject } from './identity.ts';
import { boundsOf } from './quadrature.ts';

/** The statements that a draw with slopes makes, but for the draw itself, which becomes an input. */
const slopeProgram = (family: Family): Program => {
  const block = makeBlock(
    makeNames(
      0,
      family.parameters.map(({ name }) => name),
    ),
  );
  const { value: drawn, noise } = emitDraw(
    block,
    {
      family,
      arguments: Object.fromEntries(family.parameters.map(({ name, over }) => [name, read(name, over)])),
      span: family.span,
    },
    {
      wish: 'drawn',
      indices: ['example'],
      resolve: (node) => node,
      estimator: null,
      slopes: true,
      note: null,
    },
  );
  if (drawn.kind !== 'read') throw new Error('internal: a draw is not in a register');
  const slopes = block.statements.filter(
    (statement) => statement.kind === 'draw' && statement.source.kind === 'implicit',
  );
  const inputs = family.parameters.map(({ name, over }): Register => ({
    name,
    indices: over,
    place: 'tensor',
  }));
  const outputs = family.natural.map((_, k) => {
    const value = noise.get(`implicit_${k}`)!;
    const register: Register = { name: `slope ${k}`, indices: ['example'], place: 'tensor' };
    return {
      name: `slope ${k}`,
      register,
      statement: { kind: 'assign', target: register, value, note: null } as const,
    };
  });
  return {
    name: `slopes of ${family.name}`,
    doc: null,
    inputs: [...inputs, { name: drawn.name, indices: ['example'], place: 'tensor' }],
    body: [...slopes, ...outputs.map(({ statement }) => statement)],
    outputs: outputs.map(({ name, register }) => ({ name, register })),
  };
};

/** Places of the quadrature's points that matter, and the slopes there. */
export const implicitSlopes = ({
  member,
  quadrature,
  weights,
}: Subject): { readonly points: readonly number[]; readonly slopes: readonly Float64Array[] } => {
  const { low, high } = boundsOf(member);
  const points = Array.from(weights.keys()).filter((n) => {
    const x = quadrature.values[n]![0]!;
    return weights[n]! > 1e-14 && x > low && x < high;
  });
  const program = slopeProgram(member.family);
  const x: NamedArray = {
    indices: ['example'],
    shape: [points.length],
    values: Float64Array.from(points, (n) => quadrature.values[n]![0]!),
  };
  const found = interpret(
    program,
    { ...member.parameters, [program.inputs.at(-1)!.name]: x },
    { seed: 1, firstExample: 0, sizes: { ...member.sizes, example: points.length } },
  );
  return { points, slopes: program.outputs.map(({ name }) => found[name]!.values) };
};
