/** Lines and columns for what a definition comes from. */
import type { Checked } from '../check/typed.ts';
import { position } from '../diagnostics/position.ts';
import type { Span } from '../syntax/span.ts';
import type { Definition } from './definition.ts';
import { once, withProperties } from './lazy.ts';
import type { Origin, Program } from './program.ts';

/** The definition of a model of a checked file, with the places of its declarations and of the registers of its programs. */
export const locate = (checked: Checked, definition: Definition): Definition => {
  const placed = ({ name, span }: { readonly name: string; readonly span: Span }): [string, Origin] => {
    const text = checked.texts.get(span.file);
    return [name, text === undefined ? span : { ...span, ...position(text, span.start) }];
  };
  const program = (unplaced: Program): Program => ({
    ...unplaced,
    origins: Object.fromEntries(
      Object.entries(unplaced.origins ?? {}).map(([name, span]) => placed({ name, span })),
    ),
  });
  const sample = once(() => program(definition.sample));
  return withProperties(definition, {
    inferences: definition.inferences.map((inference) => {
      const [start, advance, measure] = [
        once(() => program(inference.start)),
        once(() => program(inference.advance)),
        once(() => program(inference.measure)),
      ];
      return withProperties(inference, {
        get start() {
          return start();
        },
        get advance() {
          return advance();
        },
        get measure() {
          return measure();
        },
      });
    }),
    learnings: definition.learnings.map((learning) => {
      const update = once(() => program(learning.update));
      return withProperties(learning, {
        get update() {
          return update();
        },
      });
    }),
    get sample() {
      return sample();
    },
    origins: Object.fromEntries(declared(checked, definition.model).map(placed)),
  });
};

/** `ipvae.nsm:12:3`; null where the line is not known. */
export const placeText = ({ file, line, column }: Origin): string | null =>
  line === undefined ? null : `${file}:${line}:${column}`;

const declared = (checked: Checked, model: string) => {
  const isOwn = (entry: { readonly model: { readonly name: string } }): boolean => entry.model.name === model;
  const { parameters, variables } = checked.models.find(({ name }) => name === model)!;
  const inferences = checked.inferences.filter(isOwn);
  return [
    ...parameters,
    ...inferences.flatMap((inference) => inference.parameters),
    ...variables,
    ...inferences,
    ...checked.learnings.filter(isOwn),
  ];
};
