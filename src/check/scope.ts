/** Names and what they stand for while a declaration is checked. */
import { writtenIndex, type Expression, type Index } from '../calculus/expression.ts';
import type { Code } from '../diagnostics/codes.ts';
import type { Diagnostic, Fix } from '../diagnostics/diagnostic.ts';
import { replacement } from '../diagnostics/fixes.ts';
import type { Span } from '../syntax/span.ts';
import type { FunctionDeclaration, Name } from '../syntax/tree.ts';
import type { Domain } from './supports.ts';

/** A checked expression: its mathematics, its axes as the user sees them, the values it may take. */
export interface Value {
  readonly expression: Expression;
  readonly axes: readonly Index[];
  readonly domain: Domain;
  readonly span: Span;
}

export type Binding =
  | { readonly kind: 'value'; readonly value: Omit<Value, 'span'>; readonly span: Span | null }
  /** Found when first needed (a variable whose axes follow from its distribution). Null after an error. */
  | { readonly kind: 'lazy'; readonly resolve: (at: Span) => Omit<Value, 'span'> | null; readonly span: Span }
  /** `sound`: whether the declaration by itself has no errors. */
  | {
      readonly kind: 'function';
      readonly declaration: FunctionDeclaration;
      readonly scope: Scope;
      readonly sound: () => boolean;
    }
  /** A name that exists but may not be read here; `explain` reports why. */
  | { readonly kind: 'hidden'; readonly explain: (at: Span) => void }
  /** Its declaration has been reported already: say nothing more. */
  | { readonly kind: 'broken' };

export interface Scope {
  readonly parent: Scope | null;
  readonly names: Map<string, Binding>;
  /** Names of this scope that have been read. */
  readonly used: Set<string>;
}

export const newScope = (parent: Scope | null, used: Set<string> = new Set()): Scope => ({
  parent,
  names: new Map(),
  used,
});

/** The nearest binding of a name; marks it as used. */
export const lookup = (scope: Scope, name: string): Binding | null => {
  for (let current: Scope | null = scope; current !== null; current = current.parent) {
    const found = current.names.get(name);
    if (found === undefined) continue;
    current.used.add(name);
    return found;
  }
  return null;
};

/** Every name that can be read from here, nearest first. */
export const visibleNames = (scope: Scope, wanted: 'value' | 'function'): readonly string[] => {
  const names: string[] = [];
  for (let current: Scope | null = scope; current !== null; current = current.parent)
    for (const [name, binding] of current.names) {
      const isFunction = binding.kind === 'function';
      if (binding.kind !== 'hidden' && (wanted === 'function') === isFunction) names.push(name);
    }
  return names;
};

/** A name as written, with its primes. */
export const spell = (name: Name): string => name.text + "'".repeat(name.primes);

export type Report = (diagnostic: Diagnostic) => void;

export interface ErrorDetails {
  readonly secondary?: readonly { readonly span: Span; readonly label: string }[];
  readonly hint?: string | Advice | null;
  readonly fixes?: readonly Fix[];
}

/** A hint that names what should stand in the place of the error. */
export interface Advice {
  readonly hint: string;
  readonly instead: string;
}
const diagnose =
  (severity: Diagnostic['severity']) =>
  (report: Report, code: Code, span: Span, message: string, details: ErrorDetails = {}): null => {
    const { secondary = [], hint = null, fixes = [] } = details;
    const advice = typeof hint === 'string' || hint === null ? null : hint;
    const meant = advice === null ? null : replacement(span, advice.instead);
    const all = meant === null ? fixes : [meant, ...fixes.filter(({ title }) => title !== meant.title)];
    const words = typeof hint === 'string' ? hint : (advice?.hint ?? null);
    report({
      code,
      severity,
      message,
      span,
      secondary,
      hint: words,
      ...(all.length === 0 ? {} : { fixes: all }),
    });
    return null;
  };
/** Reports an error and returns null, the value of whatever failed. */
export const error = diagnose('error');
export const warning = diagnose('warning');

/** `a`, `a and b`, `a, b and c`. */
export const list = (items: readonly string[], last = 'and'): string =>
  items.length <= 1 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} ${last} ${items.at(-1)}`;
export const quoted = (items: readonly string[], last = 'and'): string =>
  list(
    items.map((item) => `\`${item}\``),
    last,
  );
/** `[pixels, neurons]`, or `a single number`. */
export const showAxes = (axes: readonly Index[]): string =>
  axes.length === 0 ? 'a single number' : `[${axes.map(writtenIndex).join(', ')}]`;
