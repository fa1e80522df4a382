/** A model in a page that goes on while its source is changed. */
import { keepParameters } from './keep-parameters.ts';
import type { Model } from './model.ts';
import type { ModelState } from './state.ts';

export interface ReplaceableModel extends Model {
  /** From here on, this does what the next version does. */
  readonly replace: (next: Model) => void;
}

/**
 * The model as something that a later version may take the place of; `before` is what earlier versions of it became, and is
 * returned. States of earlier versions are taken as they are kept: parameters whose name and shape survive, others new. What is running
 * when it is replaced goes on as it was.
 */
export const replaceable = (model: Model, before?: ReplaceableModel): ReplaceableModel => {
  if (before === undefined) return newReplaceable(model);
  before.replace(model);
  return before;
};

const newReplaceable = (first: Model): ReplaceableModel => {
  let now = first;
  const makers = new WeakMap<ModelState, Model>();
  const made = (state: ModelState, maker: Model): ModelState => {
    makers.set(state, maker);
    return state;
  };
  return {
    get plan() {
      return now.plan;
    },
    create: (options) => made(now.create(options), now),
    infer: (state, data, options) => now.infer(currentState(state, makers.get(state), now), data, options),
    train: async (state, data, options) => {
      const maker = now;
      return made(await maker.train(currentState(state, makers.get(state), maker), data, options), maker);
    },
    sample: (state, options) => now.sample(currentState(state, makers.get(state), now), options),
    replace: (next) => {
      now = next;
    },
  };
};

/** The state for the model of now. Sizes and settings that it was created with in place of its model's are kept, too. */
const currentState = (state: ModelState, maker: Model | undefined, now: Model): ModelState => {
  if (maker === now) return state;
  const { plan } = maker ?? now;
  const [own, known] = [
    { ...plan.sizes, ...plan.settings },
    { ...now.plan.sizes, ...now.plan.settings },
  ];
  const chosen = Object.entries({ ...state.sizes, ...state.settings }).filter(
    ([name, value]) => Object.hasOwn(known, name) && value !== own[name],
  );
  const fresh = now.create({ seed: state.seed, settings: Object.fromEntries(chosen) });
  return keepParameters({ plan, state }, { plan: now.plan, state: fresh });
};
