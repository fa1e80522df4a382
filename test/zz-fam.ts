import { check } from '/work/main/src/check/check.ts';
import { fileSources } from '/work/main/src/check/sources.ts';
import { samplerOf } from '/work/main/src/derive/sampler.ts';
import { render } from '/work/main/src/diagnostics/render.ts';
import { readFileSync } from 'node:fs';
const source = readFileSync('/tmp/s/fam.nsm', 'utf8');
const result = check('test.nsm', fileSources(new Map([['test.nsm', source]])));
console.log(render(result.diagnostics, () => source));
for (const f of result.checked.families) { const s = samplerOf(f); console.log(f.name, JSON.stringify(f.range.low?.kind), s.kind, s.why); }
