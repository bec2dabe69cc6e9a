/**
 * Builds the web UI into `web/dist` and prints one line. With `--if-stale` it does nothing when the hash of the sources
 * and the lockfile equals the one of the last build. `TRILITH_WEB_OUT` names another output directory.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'vite';

const web = import.meta.dirname;
const outDir = process.env.TRILITH_WEB_OUT ?? path.join(web, 'dist');
const stamp = path.join(outDir, '.sources');

/** SHA-256 over the name and bytes of everything that goes into the bundle, the lockfile included. */
async function sourcesHash(): Promise<string> {
  const hash = createHash('sha256');
  const files = ['../package-lock.json', 'package.json', 'index.html', 'vite.config.ts', 'build.ts'];
  for (const folder of ['src', 'public', '../contract/src', '../lang/src']) {
    const entries = await readdir(path.join(web, folder), { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      if (entry.isFile() && !entry.name.includes('.test.'))
        files.push(path.relative(web, path.join(entry.parentPath, entry.name)));
    }
  }
  for (const file of files.sort())
    hash
      .update(file)
      .update('\0')
      .update(await readFile(path.join(web, file)));
  return hash.digest('hex');
}

async function readStamp(): Promise<string | null> {
  try {
    return await readFile(stamp, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

const started = performance.now();
const hash = await sourcesHash();
if (process.argv.includes('--if-stale') && (await readStamp()) === hash) {
  console.log('web: up to date');
} else {
  await rm(stamp, { force: true });
  await build({ configFile: path.join(web, 'vite.config.ts'), logLevel: 'error', build: { outDir } });
  await writeFile(stamp, hash);
  console.log(`web: built in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}
