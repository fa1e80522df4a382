/** Pieces of emitted text with what the emitter knows about them, and how tensors are brought to one order of axes. */
import type { Index } from '../../calculus/expression.ts';

export type Emitted = EmittedNumber | EmittedTensor;

/** A JavaScript number; `text` stands as an argument. */
export interface EmittedNumber {
  readonly kind: 'number';
  readonly text: string;
}
/** A tensor whose axes are `order`. `source` is the register when the text is a plain read of it. */
export interface EmittedTensor {
  readonly kind: 'tensor';
  readonly text: string;
  readonly order: readonly Index[];
  readonly source: TensorBinding | null;
}

export type Binding = NumberBinding | TensorBinding;
export interface NumberBinding {
  readonly kind: 'number';
  readonly text: string;
}
export interface TensorBinding {
  readonly kind: 'tensor';
  readonly text: string;
  readonly axes: readonly Index[];
  /** Defines a name right after the register itself, so that loops that read it find it ready. */
  readonly derive: (suffix: string, text: string) => string;
}

/** Where expressions are emitted: names, sizes, and a place for lines that must come first. */
export interface Scope {
  readonly lookup: (name: string) => Binding;
  readonly size: (index: Index) => string;
  /** Defines a name for a text, before the statement at hand. */
  readonly bind: (text: string) => string;
  /** The identity matrix over an axis. */
  readonly identity: (index: Index) => string;
  /** 0, 1, 2, ... along an axis. */
  readonly positions: (index: Index) => string;
}

export const tensorOf = (
  text: string,
  order: readonly Index[],
  source: TensorBinding | null = null,
): EmittedTensor => ({
  kind: 'tensor',
  text,
  order,
  source,
});
export const numberOf = (text: string): EmittedNumber => ({ kind: 'number', text });

export const sameOrder = (left: readonly Index[], right: readonly Index[]): boolean =>
  left.length === right.length && left.every((index, i) => index === right[i]);

export const shapeText = (order: readonly Index[], scope: Scope): string =>
  `[${order.map(scope.size).join(', ')}]`;

/** The tensor with its axes in another order. Transposes of registers are made once, where the register is. */
export const transpose = (value: EmittedTensor, order: readonly Index[]): EmittedTensor => {
  if (sameOrder(value.order, order)) return value;
  const axes = order.map((index) => value.order.indexOf(index));
  const plain = axes.length === 2 ? '' : `, [${axes.join(', ')}]`;
  const text = `tf.transpose(${value.text}${plain})`;
  if (value.source === null) return tensorOf(text, order);
  return tensorOf(
    value.source.derive(`transposed${axes.length === 2 ? '' : `_${axes.join('')}`}`, text),
    order,
  );
};

/** Text of the tensor that broadcasts against tensors of the given order, which holds all of its axes. */
export const align = (value: EmittedTensor, order: readonly Index[], scope: Scope): string => {
  const wanted = order.filter((index) => value.order.includes(index));
  const { text } = transpose(value, wanted);
  const from = wanted.length === 0 ? order.length : order.indexOf(wanted[0]!);
  const spanned = order.slice(from);
  if (spanned.length === wanted.length) return text;
  const shape = spanned.map((index) => (wanted.includes(index) ? scope.size(index) : '1'));
  return `tf.reshape(${text}, [${shape.join(', ')}])`;
};

/** Text of the tensor with exactly these axes, repeated along those that it lacks. */
export const fill = (value: Emitted, order: readonly Index[], scope: Scope): string => {
  if (value.kind === 'number') {
    return order.length === 0
      ? `tf.scalar(${value.text})`
      : `tf.fill(${shapeText(order, scope)}, ${value.text})`;
  }
  const aligned = align(value, order, scope);
  return value.order.length === order.length ? aligned : `nsm.spread(${aligned}, ${shapeText(order, scope)})`;
};

/** The order of the axes of an elementwise result: that of its widest operand, where one has all axes. */
export const commonOrder = (values: readonly EmittedTensor[], hint: readonly Index[]): readonly Index[] => {
  const all = [...new Set(values.flatMap((value) => value.order))];
  const hinted = hint.filter((index) => all.includes(index));
  const wide = values.filter((value) => value.order.length === all.length);
  if (wide.some((value) => sameOrder(value.order, hinted))) return hinted;
  if (wide.length > 0) return wide[0]!.order;
  if (hinted.length === all.length) return hinted;
  return [...all].sort((left, right) => Number(right === 'example') - Number(left === 'example'));
};

/** An elementwise operation of two values, at least one of them a tensor. */
export const binary = (
  name: string,
  left: Emitted,
  right: Emitted,
  hint: readonly Index[],
  scope: Scope,
): EmittedTensor => {
  const tensors = [left, right].filter((value) => value.kind === 'tensor');
  const order = commonOrder(tensors, hint);
  const text = (value: Emitted): string =>
    value.kind === 'number' ? value.text : align(value, order, scope);
  return tensorOf(`${name}(${text(left)}, ${text(right)})`, order);
};

export const unary = (name: string, value: EmittedTensor): EmittedTensor =>
  tensorOf(`${name}(${value.text})`, value.order);
