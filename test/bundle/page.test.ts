/** A page that Vite builds, in Chromium: it infers by the model of a `.nsm` file. */
import { rmSync } from 'node:fs';
import { build, createServer } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium, hear, openPage, visit } from '../runtime/kernels/browser.ts';
import { makeProject, runNode, type Project } from './project.ts';

const page = `import { Counts } from './counts.nsm';
import { told } from './use.js';

const post = (path, body) => fetch(path, { method: 'POST', body });
addEventListener('unhandledrejection', ({ reason }) => post('failed', String(reason?.stack ?? reason)));
const numbers = await told();
const backend = Counts.plan.tf.getBackend();
post('told', JSON.stringify({ numbers, backend }));
`;

describe.skipIf(!hasChromium)('a page that imports a model (skipped where there is no Chromium)', () => {
  let project: Project;
  let wanted: string;
  beforeAll(async () => {
    project = await makeProject();
    project.write('page.js', page);
    project.write('index.html', '<script type="module" src="./page.js"></script>');
    project.write('print.js', "import { told } from './use.js';\nconsole.log(await told());\n");
    wanted = runNode(project, ['--import', 'nsm/register', 'print.js']).out.trim();
    await build({
      root: project.folder,
      configFile: false,
      logLevel: 'warn',
      plugins: [project.plugins.vite()],
    });
  }, 120_000);
  afterAll(() => rmSync(project.folder, { recursive: true, force: true }));

  it('infers by kernels, with the bits of Node', async () => {
    const { numbers, backend } = JSON.parse(await openPage(project.folder, false));
    expect(backend).toBe('wasm');
    expect(numbers).toBe(wanted);
  });
  it('does so from a development server', async () => {
    const heard = hear();
    const server = await createServer({
      root: project.folder,
      configFile: false,
      logLevel: 'silent',
      server: { port: 0, host: '127.0.0.1' },
      plugins: [
        project.plugins.vite(),
        {
          name: 'hear',
          configureServer: ({ middlewares }) => {
            middlewares.use((request, response, next) => heard.take(request, response) || next());
          },
        },
      ],
    });
    await server.listen();
    try {
      const { numbers, backend } = JSON.parse(await visit(server.resolvedUrls!.local[0]!, heard));
      expect({ numbers, backend }).toEqual({ numbers: wanted, backend: 'wasm' });
    } finally {
      await server.close();
    }
  });
  it('has the files of the WebAssembly backend beside it', () => {
    expect(project.read('dist/tfjs-backend-wasm-simd.wasm').length).toBeGreaterThan(1000);
  });
});
