import { type FSWatcher, watch } from 'node:fs';
import { errorCode } from '../base/files.ts';
import type { Logger } from '../base/telemetry/log.ts';

export interface DirectoryWatcher {
  /** Watches exactly these directories from now on. */
  set(directories: ReadonlySet<string>): void;
  close(): void;
}

/**
 * Tells of changes by inotify, where the system has it. A directory that cannot be watched (too many watches, a network
 * file system) is left to polling and said once.
 * @param changed a file grew or shrank; its path
 * @param renamed names in a directory changed
 */
export function watchDirectories(
  changed: (path: string) => void,
  renamed: (directory: string) => void,
  log: Logger,
): DirectoryWatcher {
  const watchers = new Map<string, FSWatcher>();
  const add = (directory: string): void => {
    try {
      const watcher = watch(directory, { persistent: false }, (kind, name) => {
        if (kind === 'change' && name !== null) changed(`${directory}/${name}`);
        else renamed(directory);
      });
      watcher.on('error', () => {
        watchers.delete(directory);
        watcher.close();
        renamed(directory);
      });
      watchers.set(directory, watcher);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return;
      const fields = { directory, code: errorCode(error) };
      log.limited('WARN', 'watch', 3600, 'a directory cannot be watched; it is looked at every second', fields);
    }
  };
  return {
    set(directories) {
      for (const [directory, watcher] of watchers) {
        if (directories.has(directory)) continue;
        watchers.delete(directory);
        watcher.close();
      }
      for (const directory of directories) if (!watchers.has(directory)) add(directory);
    },
    close() {
      for (const watcher of watchers.values()) watcher.close();
      watchers.clear();
    },
  };
}
