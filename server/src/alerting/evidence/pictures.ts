import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Pictures of pages, fetched by chat products and phones: whoever knows the id, which nobody can guess, may look. */
export interface Pictures {
  /** The id of a picture that is kept from now on. */
  keep(png: Uint8Array<ArrayBuffer>): Promise<string>;
  /** Undefined for what is not kept, or not any more. */
  read(id: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
}

const MOST = 2_000;
const KEPT_MS = 30 * 86_400_000;
/** Old ones are looked for after so many new ones. */
const SWEEP_EVERY = 100;
const ID = /^[0-9a-f]{32}$/;

/** Keeps pictures as files of a directory, the newest 2,000 for at most 30 days. */
export function openPictures(directory: string, nowMs: () => number): Pictures {
  let made: Promise<unknown> | undefined;
  let sinceSweep = SWEEP_EVERY - 1;
  return {
    async keep(png) {
      made ??= mkdir(directory, { recursive: true });
      await made;
      const id = randomBytes(16).toString('hex');
      await writeFile(join(directory, `${id}.png`), png);
      if (++sinceSweep >= SWEEP_EVERY) {
        sinceSweep = 0;
        await sweep(directory, nowMs());
      }
      return id;
    },
    async read(id) {
      if (!ID.test(id)) return undefined;
      try {
        return new Uint8Array(await readFile(join(directory, `${id}.png`)));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
  };
}

async function sweep(directory: string, nowMs: number): Promise<void> {
  const files = await Promise.all(
    (await readdir(directory)).map(async (name) => {
      const path = join(directory, name);
      return { path, timeMs: (await stat(path)).mtimeMs };
    }),
  );
  const byAge = files.sort((a, b) => b.timeMs - a.timeMs);
  const old = byAge.filter(({ timeMs }, i) => i >= MOST || nowMs - timeMs > KEPT_MS);
  await Promise.all(old.map(({ path }) => rm(path, { force: true })));
}
