import { type FSWatcher, globSync, watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parseGroupFile } from './group_file.ts';
import type { Discovery, DiscoveryContext, TargetGroup } from './target_group.ts';

/** Files change in several steps; they are read when nothing happened for this long. */
const SETTLE_MS = 100;
const MAX_FILES = 10_000;

/**
 * `file_sd_configs`: files of target groups, read when they change and every `refreshMs`. A file that cannot be read or
 * parsed keeps the groups it had, as upstream; one that is gone takes its groups along.
 */
export function discoverFiles(
  { files, refreshMs }: { readonly files: readonly string[]; readonly refreshMs: number },
  { directory, found, failed }: DiscoveryContext,
): Discovery {
  const patterns = files.map((file) => resolve(directory, file));
  const known = new Map<string, readonly TargetGroup[]>();
  const watchers: FSWatcher[] = [];
  let timer: NodeJS.Timeout | undefined;
  let reading: Promise<void> = Promise.resolve();
  let stopped = false;

  const read = async (): Promise<void> => {
    const paths = [...new Set(patterns.flatMap((pattern) => globSync(pattern)))].sort().slice(0, MAX_FILES);
    for (const path of known.keys()) if (!paths.includes(path)) known.delete(path);
    for (const path of paths) {
      try {
        known.set(path, parseGroupFile(await readFile(path, 'utf8'), path));
      } catch (error) {
        failed(`${path}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    if (!stopped) found([...known.values()].flat());
  };
  const again = (afterMs: number): void => {
    if (stopped) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      timer = undefined;
      reading = reading.then(read).finally(() => {
        // A change that was seen while reading is waited for already.
        if (timer === undefined) again(refreshMs);
      });
    }, afterMs);
    timer.unref();
  };

  for (const folder of new Set(patterns.map((pattern) => dirname(pattern)))) {
    try {
      const watcher = watch(folder, () => again(SETTLE_MS));
      watcher.on('error', (error) => failed(`${folder}: ${error.message}`));
      watchers.push(watcher);
    } catch (error) {
      // A folder that is not there yet is found by the next refresh.
      failed(`${folder} cannot be watched: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  again(0);
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
      await reading;
    },
  };
}
