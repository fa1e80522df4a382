/** Functions that a module gets from JavaScript. */
import { describe, expect, it } from 'vitest';
import {
  call,
  f64,
  host,
  i32,
  invoke,
  local,
  operate,
  read,
} from '../../../../src/targets/wasm/assembler/build.ts';
import { encodeModule } from '../../../../src/targets/wasm/assembler/encode-module.ts';
import { instantiate } from '../arrays.ts';
import { functionOf, onePage } from '../single.ts';

const [x, y] = [local('x', 'f64'), local('y', 'f64')];

describe('a function of the host', () => {
  it('is called for its result like any other', () => {
    const power = host('power', [x, y], 'f64');
    const own = { name: 'own', parameters: [x], body: [], result: operate('f64.mul', read(x), f64(10)) };
    const result = operate('f64.add', call(power, read(x), f64(3)), call(own, read(x)));
    const { functions } = instantiate([{ name: 'f', parameters: [x], body: [], result }], 1, {
      power: Math.pow,
    });
    expect(functions['f']!(2)).toBe(2 ** 3 + 20);
  });
  it('is invoked for what it does, in the order of the statements', () => {
    const told: number[] = [];
    const tell = host('tell', [local('what', 'i32')], null);
    const numbered = host('numbered', [], 'i32');
    const body = [invoke(tell, i32(7)), invoke(numbered), invoke(tell, call(numbered))];
    instantiate([functionOf('f', null, body)], 1, {
      tell: (what) => void told.push(what),
      numbered: () => told.push(0),
    }).functions['f']!();
    expect(told).toEqual([7, 0, 0, 3]);
  });
  it('comes with what calls it, however deep, and once', () => {
    const one = host('one', [], 'i32');
    const inner = { name: 'inner', parameters: [], body: [], result: call(one) };
    const outer = functionOf('outer', operate('i32.add', call(inner), call(one)));
    const bytes = encodeModule({ memory: onePage, exports: [outer] });
    expect(WebAssembly.Module.imports(new WebAssembly.Module(bytes))).toEqual([
      { module: 'env', name: 'memory', kind: 'memory' },
      { module: 'host', name: 'one', kind: 'function' },
    ]);
    expect(instantiate([outer], 1, { one: () => 1 }).functions['outer']!()).toBe(2);
  });
  it('is not what another one of its name is', () => {
    const body = [invoke(host('tell', [], null)), invoke(host('tell', [x], null), f64(1))];
    expect(() => encodeModule({ memory: onePage, exports: [functionOf('f', null, body)] })).toThrow(
      new Error('two functions of the host have one name: tell, tell'),
    );
  });
  it('takes operands of its types', () => {
    expect(() => invoke(host('tell', [x], null), i32(1))).toThrow(
      new Error('tell takes (f64), but was given (i32)'),
    );
  });
});
