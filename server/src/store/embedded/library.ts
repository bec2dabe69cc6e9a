import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The library is not installed, or there is none for this machine. */
class EngineLibraryError extends Error {
  override readonly name = 'EngineLibraryError';
}

const PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': '@chdb/lib-linux-x64-gnu',
  'linux-arm64': '@chdb/lib-linux-arm64-gnu',
  'darwin-x64': '@chdb/lib-darwin-x64',
  'darwin-arm64': '@chdb/lib-darwin-arm64',
};

/** The path of the ClickHouse library for this machine. Throws EngineLibraryError. */
export function findEngineLibrary(): string {
  const machine = `${process.platform}-${process.arch}`;
  const name = PACKAGES[machine];
  if (name === undefined) throw new EngineLibraryError(`there is no embedded store for ${machine}; use a cluster`);
  let directory: string;
  try {
    directory = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  } catch (error) {
    throw new EngineLibraryError(`the optional dependency ${name} is not installed`, { cause: error });
  }
  for (const file of ['libchdb.so', 'libchdb.dylib']) {
    const path = join(directory, file);
    if (existsSync(path)) return path;
  }
  throw new EngineLibraryError(`no library in ${directory}`);
}
