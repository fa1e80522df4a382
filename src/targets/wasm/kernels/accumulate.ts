/**
 * Where a turn adds a sum over the examples to a carried array, as Σ zzᵀ, the product is added to that array as it is made: it need not
 * be written and read again, and what is zero changes nothing.
 */
import { add } from '../../../calculus/build.ts';
import type { Read } from '../../../calculus/expression.ts';
import { readNames } from '../../../calculus/substitute.ts';
import type { Area, Kernels, NestStatement, Product, Step } from './kernels.ts';
import { readsOf, writesOf } from './uses.ts';

export const accumulate = (kernels: Kernels): Kernels => {
  const areas = new Map(kernels.areas.map((area) => [area.name, area]));
  const areaOf = (name: string): string => kernels.areaOf.get(name) ?? name;
  const readers = countReaders(kernels, areaOf);
  const places: Places = {
    areaOf,
    mayVanish: (name) => readers.get(areaOf(name)) === 1 && areas.get(areaOf(name))?.stacks.length === 0,
  };
  const body = inBlock(kernels.body, places);
  const written = new Set(body.flatMap(writesOf).map(areaOf));
  const before = new Set(kernels.body.flatMap(writesOf).map(areaOf));
  const isGone = ({ name }: Area): boolean => before.has(name) && !written.has(name);
  return { ...kernels, body, areas: kernels.areas.filter((area) => !isGone(area)) };
};

interface Places {
  readonly areaOf: (name: string) => string;
  /** Whether an array is read in one place alone, in the turn that computes it. */
  readonly mayVanish: (name: string) => boolean;
}

/** How many statements, and outputs, read each area. */
const countReaders = (
  { body, outputs }: Kernels,
  areaOf: (name: string) => string,
): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const name of [...body.flatMap(readsOf), ...outputs.map(({ register }) => register.name)])
    counts.set(areaOf(name), (counts.get(areaOf(name)) ?? 0) + 1);
  return counts;
};

const inBlock = (block: readonly Step[], places: Places): readonly Step[] => {
  const steps = block.map((step) =>
    step.kind === 'turns' ? { ...step, body: inBlock(step.body, places) } : step,
  );
  return steps.reduce<readonly Step[]>(
    (all, step) => (step.kind === 'product' ? withAdded(step, all, places) : all),
    steps,
  );
};

/** The steps of a block with one of their products added to what it is added to later, where nothing in between uses that. */
const withAdded = (product: Product, steps: readonly Step[], places: Places): readonly Step[] => {
  const { target, inner } = product;
  const at = steps.indexOf(product);
  const place = steps.findIndex((step, later) => later > at && readsOf(step).includes(target));
  const nest = steps[place];
  if (nest?.kind !== 'nest' || !inner.includes('example') || !places.mayVanish(target)) return steps;
  const statement = nest.statements.find(({ value }) => readNames(value).has(target))!;
  const sum = sumOf(statement, target, places);
  if (sum === null) return steps;
  const others = nest.statements.filter((other) => other !== statement);
  const between = [...steps.slice(at, place), { ...nest, statements: others }];
  const uses = between.flatMap((step) => [...readsOf(step), ...writesOf(step)]).map(places.areaOf);
  if (uses.includes(places.areaOf(sum.carried.name))) return steps;
  const statements = nest.statements.flatMap((one) => (one === statement ? sum.left : [one]));
  return steps.flatMap((step): readonly Step[] => {
    if (step === product)
      return [{ ...product, target: sum.carried.name, isAdded: true, isSymmetric: false }];
    if (step === nest) return statements.length === 0 ? [] : [{ ...nest, statements }];
    return [step];
  });
};

/** The carried array to which a statement adds another one, entry by entry, and what is left of the statement. */
const sumOf = (
  statement: NestStatement,
  addend: string,
  { areaOf }: Places,
): { readonly carried: Read; readonly left: readonly NestStatement[] } | null => {
  const { target, indices, value, how } = statement;
  if (how !== 'element' || value.kind !== 'add') return null;
  const aligned = value.terms.filter(
    (term): term is Read => term.kind === 'read' && term.subscripts.join() === indices.join(),
  );
  const carried = aligned.find(({ name }) => areaOf(name) === areaOf(target));
  const added = aligned.find(({ name }) => name === addend);
  if (carried === undefined || added === undefined) return null;
  const rest = value.terms.filter((term) => term !== added);
  if (rest.some((term) => readNames(term).has(addend))) return null;
  return { carried, left: rest.length === 1 ? [] : [{ ...statement, value: add(...rest) }] };
};
