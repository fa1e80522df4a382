/** What derivatives are taken of: names that a gradient moves along, and names that it comes from. */
import type { Expression } from '../calculus/expression.ts';
import { children } from '../calculus/substitute.ts';
import type { Gradient, Program, Statement } from '../schedule/program.ts';

/** The names that gradients of a program pass through. */
export const differentiatedNames = (program: Program): ReadonlySet<string> => {
  const found = new Set<string>();
  program.body.forEach((statement, at) => {
    if (statement.kind !== 'gradient') return;
    const before = program.body.slice(0, at);
    const active = activeNames(before, new Set(statement.wrt.map(({ of }) => of.name)));
    for (const name of namesBehind(statement, before)) if (active.has(name)) found.add(name);
  });
  return found;
};

/** Names whose value depends on the given ones along a differentiable path. */
export const activeNames = (block: readonly Statement[], wrt: ReadonlySet<string>): ReadonlySet<string> => {
  const active = new Set(wrt);
  const depends = (node: Expression): boolean => dependsOn(node, active);
  const visit = (statement: Statement): void => {
    switch (statement.kind) {
      case 'assign':
        if (depends(statement.value)) active.add(statement.target.name);
        return;
      case 'draw':
        if (statement.surrogate !== null && depends(statement.surrogate)) active.add(statement.target.name);
        return;
      case 'repeat':
        for (let before = -1; before !== active.size;) {
          before = active.size;
          for (const { register: own, initial } of statement.carried)
            if (depends(initial)) active.add(own.name);
          statement.body.forEach(visit);
          for (const { register: own, next } of statement.carried) if (depends(next)) active.add(own.name);
        }
        for (const { register: own, result } of statement.carried)
          if (active.has(own.name)) active.add(result.name);
        return;
      case 'gradient':
        return;
    }
  };
  block.forEach(visit);
  return active;
};

/** Names that an objective depends on along a differentiable path. */
const namesBehind = ({ objective }: Gradient, block: readonly Statement[]): ReadonlySet<string> => {
  const behind = new Set([objective.name]);
  const add = (node: Expression): void => differentiableReads(node).forEach((name) => behind.add(name));
  const visit = (statement: Statement): void => {
    switch (statement.kind) {
      case 'assign':
        if (behind.has(statement.target.name)) add(statement.value);
        return;
      case 'draw':
        if (behind.has(statement.target.name) && statement.surrogate !== null) add(statement.surrogate);
        return;
      case 'repeat':
        for (const { register: own, result } of statement.carried)
          if (behind.has(result.name)) behind.add(own.name);
        for (let before = -1; before !== behind.size;) {
          before = behind.size;
          for (const { register: own, next } of statement.carried) if (behind.has(own.name)) add(next);
          statement.body.toReversed().forEach(visit);
        }
        for (const { register: own, initial } of statement.carried) if (behind.has(own.name)) add(initial);
        return;
      case 'gradient':
        return;
    }
  };
  block.toReversed().forEach(visit);
  return behind;
};

/** Whether derivatives of a value in one of these names are there. */
export const dependsOn = (node: Expression, names: ReadonlySet<string>): boolean =>
  names.size > 0 && [...differentiableReads(node)].some((name) => names.has(name));

/** Reads outside of `detach`. */
const differentiableReads = (node: Expression): ReadonlySet<string> => {
  const names = new Set<string>();
  const visit = (current: Expression): void => {
    if (current.kind === 'apply' && current.operator === 'detach') return;
    if (current.kind === 'read') names.add(current.name);
    else children(current).forEach(visit);
  };
  visit(node);
  return names;
};
