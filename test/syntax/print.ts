/** Expressions as fully bracketed text, for tests of how they group. */
import type { Expression, Name } from '../../src/syntax/tree.ts';

export const printName = (name: Name): string => name.text + "'".repeat(name.primes);

export const print = (of: Expression): string => {
  switch (of.kind) {
    case 'number':
      return of.percent ? `${of.value * 100}%` : String(of.value);
    case 'name':
      return printName(of);
    case 'negate':
      return `(-${print(of.value)})`;
    case 'binary':
    case 'compare':
      return `(${print(of.left)} ${of.operator} ${print(of.right)})`;
    case 'interval':
      return `<${print(of.low)}, ${print(of.high)}>`;
    case 'index':
      return `${print(of.target)}[${of.subscripts.map(print).join(', ')}]`;
    case 'in_phase':
      return `(${print(of.value)} in ${printName(of.phase)})`;
    case 'call': {
      const given = of.arguments.map(
        ({ name, value }) => (name === null ? '' : `${printName(name)} = `) + print(value),
      );
      const over = of.over.length === 0 ? '' : ` over ${of.over.map(printName).join(', ')}`;
      return `${printName(of.callee)}(${given.join(', ')}${over})`;
    }
  }
};
