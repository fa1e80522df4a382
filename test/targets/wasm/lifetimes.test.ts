/**
 * When areas are in use: programs beside their tables. A row of a table has an area, how it is kept, and from which step to which its
 * values are needed.
 */
import { describe, expect, it } from 'vitest';
import { add, apply, constant, exp, multiply, one, read, sum, zero } from '../../../src/calculus/build.ts';
import type { Expression } from '../../../src/calculus/expression.ts';
import { programText } from '../../../src/cli/program-text.ts';
import { planMemory } from '../../../src/runtime/kernels/memory.ts';
import type { Program, Register } from '../../../src/schedule/program.ts';
import { compileKernels, kernelsOf } from '../../../src/targets/wasm/compile.ts';
import { lifetimes } from '../../../src/targets/wasm/kernels/lifetimes.ts';
import { assign, program, repeat, tensor } from '../support.ts';

const units = (name: string): Register => tensor(name, 'example', 'units');
const value = ({ name, indices }: Register): Expression => read(name, indices);
const weights = tensor('A', 'units', "units'");
/** Through the weights: a matrix product, which stands alone. */
const through = ({ name }: Register, matrix = weights): Expression =>
  sum(["units'"], multiply(read(matrix.name, ["units'", 'units']), read(name, ['example', "units'"])));
const [x, y, z, u, v, w] = ['x', 'y', 'z', 'u', 'v', 'w'].map(units) as [Register, Register, Register, Register, Register, Register]; // prettier-ignore

const tableOf = (made: Program): string => {
  const kernels = kernelsOf(made);
  const lives = lifetimes(kernels);
  const rows = kernels.areas.map(({ name, kept }) => {
    const life = lives.get(name);
    if (life === undefined) return `${name} never`;
    const own = life.ownAlive === null ? '' : `, chunks' own ${life.ownAlive.join(' to ')}`;
    return `${name} ${kept} ${life.alive.join(' to ')}${own}`;
  });
  return rows.join('\n');
};
const trimmed = (text: string): readonly string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

const expectTable = (made: Program, text: string, table: string): void => {
  expect(trimmed(programText(made))).toEqual(trimmed(text));
  expect(trimmed(tableOf(made))).toEqual(trimmed(table));
};

const chain = program(
  'chain',
  [x, weights],
  [
    assign(u, through(x)),
    assign(v, exp(value(u))),
    assign(w, add(value(v), constant(1))),
    assign(y, through(w)),
    assign(z, through(y)),
  ],
  [z],
);

/** Every table follows from the steps; of the first program: the product u, the nest of v and w, the products y and z, the end of chunks. */
describe('an area is in use', () => {
  it('from the step that writes it to the last that reads it', () => {
    expectTable(
      chain,
      `
        program chain
          input x[example, units]
          input A[units, units']
          u[example, units] = x @ A
          v[example, units] = exp(u)
          w[example, units] = 1 + v
          y[example, units] = w @ A
          z[example, units] = y @ A
          output z = z[example, units]
      `,
      `
        x whole 0 to 5
        A whole 0 to 5
        u chunk 1 to 2
        v never
        w chunk 2 to 3
        y chunk 3 to 4
        z whole 1 to 6
      `,
    );
  });

  it('in all turns of a loop, where a turn reads what the one before it wrote', () => {
    const loop = program(
      'loop',
      [x, weights],
      [
        repeat('turns', {
          times: constant(5),
          first: zero,
          direction: 'forward',
          carried: [{ register: z, initial: value(x), next: value(w), result: units('end') }],
          body: [
            assign(u, through(z)),
            assign(v, through(u)),
            assign(y, through(v)),
            assign(w, add(value(z), value(y))),
          ],
          saved: [],
          replays: null,
          whileAny: null,
        }),
        assign(tensor('total', 'units'), sum(['example'], read('end', z.indices))),
      ],
      [tensor('total', 'units')],
    );
    expectTable(
      loop,
      `
        program loop
          input x[example, units]
          input A[units, units']
          repeat turns: 5 times, turns_turn from 0
            carry z[example, units] from x
            u[example, units] = z @ A
            v[example, units] = u @ A
            y[example, units] = v @ A
            w[example, units] = y + z
            next z = w
          end[example, units] = the last z
          total[units] = sum(end over example)
          output total = total[units]
      `,
      `
        x whole 0 to 9
        A whole 0 to 9
        z chunk 1 to 8
        u chunk 3 to 4
        v chunk 4 to 5
        y chunk 5 to 6
        total sum 9 to 10, chunks' own 1 to 9
      `,
    );
  });

  it('until a loop goes back over what its turns saved', () => {
    const back = program(
      'back',
      [x, weights],
      [
        repeat('turns', {
          times: constant(5),
          first: zero,
          direction: 'forward',
          carried: [{ register: z, initial: value(x), next: exp(value(y)), result: units('end') }],
          body: [assign(u, through(z)), assign(y, through(u))],
          saved: [y],
          replays: null,
          whileAny: null,
        }),
        repeat('turns_back', {
          times: constant(5),
          first: zero,
          direction: 'backward',
          carried: [
            {
              register: units('end_bar'),
              initial: value(units('end')),
              next: through(w),
              result: units('start_bar'),
            },
          ],
          body: [assign(w, multiply(exp(value(y)), value(units('end_bar'))))],
          saved: [],
          replays: 'turns',
          whileAny: null,
        }),
      ],
      [units('start_bar')],
    );
    expectTable(
      back,
      `
        program back
          input x[example, units]
          input A[units, units']
          repeat turns: 5 times, turns_turn from 0
            carry z[example, units] from x
            u[example, units] = z @ A
            y[example, units] = u @ A
            next z = exp(y)
            save y
          end[example, units] = the last z
          repeat turns_back: 5 times, turns_back_turn from 0 backward over the turns of turns
            carry end_bar[example, units] from end
            w[example, units] = end_bar · exp(y)
            next end_bar = w @ A
          start_bar[example, units] = the last end_bar
          output start_bar = start_bar[example, units]
      `,
      `
        x whole 0 to 2
        A whole 0 to 14
        z whole 1 to 9
        u whole 4 to 5
        y whole 3 to 14
        end_bar whole 8 to 16
        w whole 11 to 12
        part°1 whole 12 to 13
      `,
    );
  });

  it('from before a loop that ends by examples, where rows of those that have ended stay as they are', () => {
    const active = tensor('active', 'example');
    const changing = tensor('B', 'units', "units'");
    const ifActive = (then: Expression, otherwise: Expression): Expression =>
      apply('where', value(active), then, otherwise);
    const until = program(
      'until',
      [x, weights],
      [
        repeat('turns', {
          times: constant(5),
          first: zero,
          direction: 'forward',
          carried: [
            { register: z, initial: value(x), next: value(w), result: units('end') },
            {
              register: changing,
              initial: value(weights),
              next: exp(value(changing)),
              result: tensor('B_end', ...changing.indices),
            },
            {
              register: active,
              initial: one,
              next: ifActive(value(tensor('far', 'example')), zero),
              result: tensor('left', 'example'),
            },
          ],
          body: [
            assign(u, through(z)),
            assign(v, through(z, changing)),
            assign(w, ifActive(add(value(u), value(v)), value(z))),
            assign(tensor('far', 'example'), sum(['units'], value(w))),
          ],
          saved: [],
          replays: null,
          whileAny: active,
        }),
      ],
      [units('end')],
    );
    expectTable(
      until,
      `
        program until
          input x[example, units]
          input A[units, units']
          repeat turns: 5 times, turns_turn from 0
            carry z[example, units] from x
            carry B[units, units'] from A[units, units′]
            carry active[example] from 1
            u[example, units] = z @ A
            v[example, units] = z @ B
            w[example, units] = where(active, u + v, z)
            far[example] = sum(w over units)
            next z = w
            next B = exp(B[units, units′])
            next active = where(active, far, 0)
          end[example, units] = the last z
          B_end[units, units'] = the last B
          left[example] = the last active
          output end = end[example, units]
      `,
      `
        x whole 0 to 12
        A whole 0 to 12
        z whole 1 to 13
        B first 12 to 12, chunks' own 1 to 12
        active chunk 3 to 11
        u chunk 4 to 11
        v chunk 5 to 11
        far chunk 8 to 10
        u°before chunk 4 to 11
      `,
    );
  });
});

it('a chain of arrays needs memory for two of them at a time', () => {
  const links = Array.from({ length: 10 }, (_, place) => units(`link_${place}`));
  const steps = links.map((link, place) => assign(link, through(links[place - 1] ?? x)));
  const kernels = compileKernels(
    program('links', [x, weights], [...steps, assign(z, through(links.at(-1)!))], [z]),
  );
  const { areas } = planMemory(kernels, { example: 16, units: 32 }, {}, 1, false);
  const ofChunks = areas.filter(({ kept }) => kept === 'chunk');
  const bytes = 4 * 16 * 32;
  expect(ofChunks.map((area) => area.bytes)).toEqual(links.map(() => bytes));
  const places = ofChunks.map(({ at }) => at!);
  expect(Math.max(...places) - Math.min(...places)).toBe(bytes);
});
