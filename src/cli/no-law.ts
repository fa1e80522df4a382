/** Why draws given all others are not finite: the parameters of a run may leave a variable without a law. */
import { evaluate } from '../calculus/evaluate.ts';
import { print } from '../calculus/print.ts';
import type { Checked } from '../check/typed.ts';
import { doubtfulPrecisions } from '../derive/precisions.ts';
import { example } from '../derive/free-energy.ts';
import { numberText } from '../diagnostics/number.ts';
import type { ModelState } from '../runtime/state.ts';
import type { Definition } from '../schedule/definition.ts';
import { useEffective } from '../schedule/parameters.ts';

export interface Reason {
  /** Goes on where the message ends. */
  readonly why: string;
  readonly hint: string;
}

/** A variable that an inference draws from a normal law whose precision is not positive; null where there is none. */
export function noLaw(
  { inferences }: Checked,
  { settings, sizes, inferences: defined }: Definition,
  name: string,
  { parameters }: ModelState,
): Reason | null {
  const inference = inferences.find((one) => one.name === name)!;
  const { model } = inference;
  const numbers = { ...settings, ...defined.find((one) => one.name === name)!.settings };
  const params = [...model.parameters, ...inference.parameters];
  const valueOf = (read: string) => {
    const param = params.find((one) => one.name === read);
    if (param === undefined) return numbers[read] ?? NaN;
    const { shape, values } = parameters[read]!;
    return { indices: param.indices, shape, values: Float64Array.from(values) };
  };
  for (const { variable, precision } of doubtfulPrecisions(model, inference.body)) {
    const { indices, shape, values } = evaluate(useEffective(precision, params), valueOf, sizes);
    const place = values.findIndex((value) => !(value > 0));
    if (place < 0) continue;
    const formula = print(precision, { hide: [example] });
    return {
      why: `: the precision of ${variable.name} given all others, ${formula}, is ${numberText(values[place]!, 3)}${unitText(place, indices, shape)}`,
      hint: `the energy falls without end in ${variable.name} there: give it a term that holds ${variable.name}, as in \`energy hold = sum(${variable.name}^2)\`, or bound the parameters with \`within\``,
    };
  }
  return null;
}

/** ` at unit 3`, ` at row 1, column 0`: nowhere for a single number. */
const unitText = (place: number, indices: readonly string[], shape: readonly number[]): string => {
  if (indices.length === 0) return '';
  const places = shape.map((size, i) => {
    const faster = shape.slice(i + 1).reduce((product, next) => product * next, 1);
    return `${indices[i]!} ${Math.floor(place / faster) % size}`;
  });
  return ` at ${places.join(', ')}`;
};
