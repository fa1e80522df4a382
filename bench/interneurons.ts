/**
 * How wrong interneurons are about ∇A while their drive moves, against quadrature (papers: Dong and Wu 2023, the averaging principle).
 *
 *     npm run interneurons [-- --json]
 *
 * Units y sample their posterior by Langevin steps of 0.1; one population of interneurons follows each of them, with so many steps of
 * 0.1 in between: the ratio of the time scales. `slope` is the regression of the estimate on ∇A less 1: what the estimate lacks because
 * it remembers older drives (0: nothing). `error` is the root mean square error of one estimate over that of ∇A. The interval is 1.96
 * standard errors over independent chains.
 */
import { scalarValue } from '../src/calculus/scalar-value.ts';
import { derivative } from '../src/calculus/differentiate.ts';
import { check } from '../src/check/check.ts';
import { fileSources } from '../src/check/sources.ts';
import { defineModel } from '../src/runtime/model.ts';
import { upload } from '../src/runtime/state.ts';
import { define } from '../src/schedule/define.ts';
import { loadBackend } from '../src/targets/tfjs/backend.ts';
import { planInProcess } from '../src/targets/plan.ts';

const ratios = [1, 3, 10, 30, 100];
const chains = 200;
const burn = 100;
const steps = 200;
const seed = 1;
const isJson = process.argv.includes('--json');

const file = 'bench/interneurons.nsm';
const { checked, diagnostics } = check(file, fileSources());
const { definition } = define(checked);
if (definition === null) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
const backend = await loadBackend('wasm');
const { tf } = backend;
const plan = planInProcess(definition, backend);
const model = defineModel(plan);
const state = model.create({ seed });
const { observed: [x] = [] } = plan;
const units = state.sizes['units']!;

/** ∇A by quadrature, from the family's own formula. */
const family = checked.models[0]!.variables.find(({ name }) => name === x!.name)!.distribution!.family;
const mean = derivative(family.logPartition!, family.natural[0]!.name, []);
const meanAt = (drive: number): number => scalarValue(mean, { [family.natural[0]!.name]: drive });
/** A table of it: the drives lie within ±12, where it is smooth. */
const table = Float64Array.from({ length: 24_001 }, (_, n) => meanAt((n - 12_000) / 1000));
const gain = 2;
const tabulated = (drive: number): number => {
  const place = (drive + 12) * 1000;
  const below = Math.floor(place);
  return table[below]! + (place - below) * (table[below + 1]! - table[below]!);
};

interface Sums {
  products: number;
  squares: number;
  errors: number;
}

const measured = async (name: string, fast: number) => {
  const inference = plan.inferences.find((one) => one.name === name)!;
  // Data of the model itself.
  const drawn = await model.sample(state, { count: chains, seed });
  const data = tf.tensor(drawn[x!.name]!.values, [chains, units]);
  const context = { seed, firstExample: 0, sizes: { ...state.sizes, example: chains } };
  const given = {
    ...upload(plan, state.parameters),
    ...state.settings,
    ...inference.settings,
    fast,
    progress: 1,
    iteration: 0,
    [x!.name]: data,
  };
  let now = tf.tidy(() => inference.start(given, context));
  const sums: readonly Sums[] = Array.from({ length: chains }, () => ({
    products: 0,
    squares: 0,
    errors: 0,
  }));
  for (let step = 0; step < burn + steps; step++) {
    const before = Float32Array.from(await now['y']!.data());
    const next = tf.tidy(() =>
      inference.advance({ ...given, ...now, first_step: step, step_count: 1 }, context),
    );
    tf.dispose(now);
    now = next;
    if (step < burn) continue;
    const estimates = await now[`${x!.name}.mean_statistic1`]!.data();
    before.forEach((y, place) => {
      const sum = sums[Math.floor(place / units)]!;
      const truth = tabulated(gain * y);
      sum.products += estimates[place]! * truth;
      sum.squares += truth ** 2;
      sum.errors += (estimates[place]! - truth) ** 2;
    });
  }
  const total = (of: (sum: Sums) => number): number => sums.reduce((all, sum) => all + of(sum), 0);
  const squares = total((sum) => sum.squares);
  const slope = total((sum) => sum.products) / squares;
  // Of a ratio of sums over chains, by their residuals.
  const variance = total((sum) => (sum.products - slope * sum.squares) ** 2) / squares ** 2;
  return {
    slope: slope - 1,
    interval: 1.96 * Math.sqrt(variance),
    error: Math.sqrt(total((sum) => sum.errors) / squares),
  };
};

if (!isJson)
  process.stdout.write(
    '| interneurons | fast steps per slow step | slope | error |\n| --- | --- | --- | --- |\n',
  );
for (const name of ['Sampled', 'Adjusted'])
  for (const fast of ratios) {
    const { slope, interval, error } = await measured(name, fast);
    process.stdout.write(
      isJson
        ? `${JSON.stringify({ name, fast, slope, interval, error })}\n`
        : `| ${name} | ${fast} | ${slope.toFixed(3)} ± ${interval.toFixed(3)} | ${error.toFixed(2)} |\n`,
    );
  }
