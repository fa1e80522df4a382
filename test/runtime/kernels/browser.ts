/** A compiled model in a page of Chromium, with the runtime as it is built and bundled. */
import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, extname, join, resolve } from 'node:path';
import ts from 'typescript';
import { build } from 'vite';
import type { EmittedModule } from '../../../src/targets/module.ts';

/** Whether there is a Chromium to run pages in. */
export const hasChromium = spawnSync('chromium', ['--version']).status === 0;

/** The runtime's files as `npm run build` writes them. */
const writeRuntime = (folder: string): void => {
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile('tsconfig.build.json', (file) => ts.sys.readFile(file)).config,
    ts.sys,
    '.',
  );
  for (const file of globSync('src/{calculus,data,diagnostics,runtime,schedule,targets}/**/*.ts')) {
    const to = join(folder, file.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(to), { recursive: true });
    const { outputText } = ts.transpileModule(readFileSync(file, 'utf8'), {
      compilerOptions: { ...options, module: ts.ModuleKind.ESNext, sourceMap: false },
      fileName: resolve(file),
    });
    writeFileSync(to, outputText);
  }
};

/** Makes a worker tell of each chunk that it has done. */
const telling = `const { add } = Atomics;
Atomics.add = (...words) => { postMessage('chunk'); return add(...words); };`;

/**
 * Bundles a page that imports a compiled model, and gives the folder that holds it.
 *
 * @param model the file of the model, as pages import it
 * @param script the page's own module
 */
export const bundle = async (model: string, emitted: EmittedModule, script: string): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'nsm-page-'));
  writeRuntime(folder);
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, `${model}.js`), emitted.javascript);
  writeFileSync(join(folder, `${model}.kernels.js`), emitted.kernels);
  writeFileSync(join(folder, 'page.js'), script);
  writeFileSync(join(folder, 'index.html'), '<script type="module" src="./page.js"></script>');
  await build({
    root: folder,
    base: './',
    configFile: false,
    logLevel: 'warn',
    resolve: { alias: { 'nsm/runtime': join(folder, 'src/runtime/index.js') } },
    build: { target: 'esnext', minify: false },
    worker: {
      plugins: () => [
        {
          name: 'telling',
          transform: (code, id) => (id.includes('kernels/worker.js') ? `${telling}\n${code}` : null),
        },
      ],
    },
  });
  return folder;
};

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
};
/** What isolates a page from other origins, so that it may share memory with threads. */
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

const textOf = async (request: IncomingMessage): Promise<string> => {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
};

/** What a page posts to `told`; fails with what it posts to `failed`. `take` answers its posts, and nothing else. */
export const hear = () => {
  let end: { readonly told: (text: string) => void; readonly failed: (error: Error) => void };
  const told = new Promise<string>((resolved, rejected) => (end = { told: resolved, failed: rejected }));
  const take = (request: IncomingMessage, response: ServerResponse): boolean => {
    if (request.method !== 'POST') return false;
    const isTold = request.url!.endsWith('/told');
    void textOf(request).then((text) => (isTold ? end.told(text) : end.failed(new Error(text))));
    response.end();
    return true;
  };
  return { told, take, fail: (error: Error) => end.failed(error) };
};

/** Opens an address in Chromium until the page has told something. */
export const visit = async (address: string, { told, fail }: ReturnType<typeof hear>): Promise<string> => {
  const profile = mkdtempSync(join(tmpdir(), 'nsm-chromium-'));
  const options = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];
  const chromium = spawn('chromium', [...options, `--user-data-dir=${profile}`, address], {
    stdio: 'ignore',
    timeout: 50_000,
  });
  const closed = new Promise<void>((done) => chromium.on('close', () => done()));
  void closed.then(() => fail(new Error('Chromium was ended before the page told anything')));
  try {
    return await told;
  } finally {
    chromium.kill();
    await closed;
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
};

/** Opens the page of a folder in Chromium, and gives what it posts to `told`. */
export const openPage = async (folder: string, isIsolated: boolean): Promise<string> => {
  const heard = hear();
  const wasm = resolve('node_modules/@tensorflow/tfjs-backend-wasm/dist');
  const server = createServer((request, response) => {
    if (heard.take(request, response)) return;
    const path = new URL(request.url!, 'http://page').pathname;
    const file = path.endsWith('.wasm')
      ? join(wasm, path)
      : join(folder, 'dist', path === '/' ? 'index.html' : path);
    const headers = {
      'Content-Type': types[extname(file)] ?? 'text/plain',
      ...(isIsolated ? isolation : {}),
    };
    if (!existsSync(file)) return void response.writeHead(404).end();
    response.writeHead(200, headers).end(readFileSync(file));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  try {
    return await visit(`http://127.0.0.1:${port}/`, heard);
  } finally {
    server.close();
    server.closeAllConnections();
  }
};
