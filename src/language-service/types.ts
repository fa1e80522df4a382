/** Types as the checker found them, for names whose types are not written, or written in part. */
import { writtenIndex, type Index } from '../calculus/expression.ts';
import type { Checked, Setting, Support } from '../check/typed.ts';
import type { Declaration } from '../syntax/tree.ts';
import type { Entity } from './entities.ts';

interface Typed {
  readonly name: string;
  readonly support: Support;
  readonly indices: readonly Index[];
}

/** `count[neurons]`, `one_hot[rows] over classes`; null for what has no type, or was not understood. */
export const typeOf = (entity: Entity, checked: Checked): string | null => {
  const { home, name } = entity;
  const typed = typedIn(home, checked).find((other) => other.name === name);
  if (typed !== undefined) return typeText(typed);
  return settingsIn(home, checked).find((setting) => setting.name === name)?.kind ?? null;
};

const typeText = ({ support, indices }: Omit<Typed, 'name'>): string => {
  const over = 'over' in support ? support.over : [];
  const axes = indices.filter((index) => !over.includes(index)).map(writtenIndex);
  const name = support.kind === 'vector' ? 'real' : support.kind;
  return [
    name,
    axes.length === 0 ? '' : `[${axes.join(', ')}]`,
    over.length === 0 ? '' : ` over ${over.map(writtenIndex).join(', ')}`,
  ].join('');
};

/** The checked form of a declaration: names are those of files, so one that was imported is found by its place. */
export const checkedAs = <Kind extends { readonly span: { readonly file: string }; readonly name: string }>(
  all: readonly Kind[],
  { name }: Declaration,
): Kind | null => all.find((one) => one.name === name.text && one.span.file === name.span.file) ?? null;

const typedIn = (home: Declaration, checked: Checked): readonly Typed[] => {
  switch (home.kind) {
    case 'model': {
      const model = checkedAs(checked.models, home);
      return model === null ? [] : [...model.parameters, ...model.variables];
    }
    case 'inference': {
      const inference = checkedAs(checked.inferences, home);
      return inference === null
        ? []
        : [...inference.parameters, ...inference.beliefs.flatMap(({ coordinates }) => coordinates)];
    }
    case 'family': {
      const family = checkedAs(checked.families, home);
      return (family?.parameters ?? []).map(({ name, support, over }) => ({ name, support, indices: over }));
    }
    case 'learning':
    case 'dynamics':
    case 'function':
      return [];
  }
};

const settingsIn = (home: Declaration, checked: Checked): readonly Setting[] => {
  switch (home.kind) {
    case 'model':
      return checkedAs(checked.models, home)?.settings ?? [];
    case 'inference':
      return checkedAs(checked.inferences, home)?.settings ?? [];
    case 'learning':
      return checkedAs(checked.learnings, home)?.settings ?? [];
    case 'dynamics':
      return checkedAs(checked.dynamics, home)?.settings ?? [];
    case 'family':
    case 'function':
      return [];
  }
};
