/**
 * Puts `nsm` where `npx nsm` and npm scripts look first. npm links the commands of dependencies there, and not the
 * command of the package that it installs for; `npx` would then install a copy elsewhere.
 */
import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';

const root = new URL('../', import.meta.url);
const commands = new URL('node_modules/.bin/', root);
const target = '../../dist/src/cli/main.js';

if (existsSync(new URL('node_modules/', root))) {
  mkdirSync(commands, { recursive: true });
  chmodSync(new URL(target, commands), 0o755);
  if (process.platform === 'win32') {
    const program = target.replaceAll('/', '\\');
    writeFileSync(new URL('nsm.cmd', commands), `@node "%~dp0\\${program}" %*\r\n`);
  } else {
    rmSync(new URL('nsm', commands), { force: true });
    symlinkSync(target, new URL('nsm', commands));
  }
}
