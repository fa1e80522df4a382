import { describe, expect, it } from 'vitest';
import { signatureHelp } from '../../src/language-service/signature-help.ts';
import { program, sample } from './support.ts';

/** The signature with the parameter at the cursor in brackets. */
const help = (marked: string): string | null => {
  const { workspace, file, offset } = sample(marked);
  const found = signatureHelp(workspace, file, offset);
  if (found === null) return null;
  const { label, parameters, active } = found;
  return active === null ? label : label.replace(parameters[active]!.label, `[${parameters[active]!.label}]`);
};

describe('signature help', () => {
  it('counts the arguments before the cursor', () => {
    expect(help('function f(a: real): real = soft(a, min(1, 2), §)')).toBe(
      'soft(x: real, low: real, [high: real])',
    );
  });
  it('follows the names of arguments', () => {
    expect(help(program.replace('sd = 1', 'sd = §1'))).toMatch(/^Normal\(.*\[sd: positive/);
  });
  it('is that of the inner call', () => {
    expect(help('function f(a: real): real = soft(a, where(a > 0, §1')).toBe('where(condition, [a], b)');
  });
  it('is nowhere outside of a call', () => {
    expect(help(program.replace('start u = ', 'start u = §'))).toBeNull();
    expect(help(program.replace('real[neurons] ', 'real[§neurons] '))).toBeNull();
  });
});
