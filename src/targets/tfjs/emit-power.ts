/** Powers without `tf.pow`, which is 20 times slower than a product: squares, roots and chains of products. */
import type { Index, Power } from '../../calculus/expression.ts';
import { hostText, type ExpressionEmitter } from './emit-expression.ts';
import { binary, numberOf, tensorOf, unary, type EmittedTensor } from './value.ts';

/** Longer chains of products lose more digits than a logarithm does. */
const longestChain = 32;

/** A power; `exponent` replaces its own constant exponent (for divisors). */
export const emitPower = (
  node: Power,
  hint: readonly Index[],
  emitter: ExpressionEmitter,
  exponent: number | null = node.exponent.kind === 'constant' ? node.exponent.value : null,
): EmittedTensor => {
  const { scope } = emitter;
  if (exponent !== null) return constantPower(emitter.emitTensor(node.base, hint), exponent, emitter);
  if (emitter.isNumber(node.exponent)) {
    const base = emitter.emitTensor(node.base, hint);
    return tensorOf(`nsm.power(${base.text}, ${hostText(node.exponent, scope)})`, base.order);
  }
  const logarithm = emitter.isNumber(node.base)
    ? numberOf(`Math.log(${hostText(node.base, scope)})`)
    : unary('tf.log', emitter.emitTensor(node.base, hint));
  return unary('tf.exp', binary('tf.mul', emitter.emit(node.exponent, hint), logarithm, hint, scope));
};

const constantPower = (base: EmittedTensor, exponent: number, emitter: ExpressionEmitter): EmittedTensor => {
  if (exponent < 0) return unary('tf.reciprocal', constantPower(base, -exponent, emitter));
  if (exponent === 0.5) return unary('tf.sqrt', base);
  const whole = Math.floor(exponent);
  if (whole > longestChain || (exponent !== whole && exponent !== whole + 0.5)) {
    return unary(
      'tf.exp',
      binary('tf.mul', numberOf(String(exponent)), unary('tf.log', base), [], emitter.scope),
    );
  }
  const factor = exponent <= 2 && exponent === whole ? base : named(base, emitter);
  if (exponent === whole) return chain(factor, whole, emitter);
  return binary('tf.mul', chain(factor, whole, emitter), unary('tf.sqrt', factor), [], emitter.scope);
};

const named = (value: EmittedTensor, emitter: ExpressionEmitter): EmittedTensor =>
  /^[\p{ID_Continue}$]+$/u.test(value.text) ? value : tensorOf(emitter.scope.bind(value.text), value.order);

/** Repeated squaring. */
const chain = (base: EmittedTensor, exponent: number, emitter: ExpressionEmitter): EmittedTensor => {
  if (exponent === 1) return base;
  if (exponent % 2 === 0) return unary('tf.square', chain(base, exponent / 2, emitter));
  return binary('tf.mul', chain(base, exponent - 1, emitter), base, [], emitter.scope);
};
