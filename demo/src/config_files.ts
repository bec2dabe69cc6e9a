import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEFAULT_BASE_PORT, prometheusConfig } from './topology.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SETTINGS = 'demo/trilith.yaml';
/** Files that `demo/trilith.yaml` names and that hold addresses of the demo. */
const WITH_ADDRESSES = ['demo/alertmanager.yml', 'demo/drills/faults.yaml'];

/** A folder that goes with this process. */
function ownFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'trilith-demo-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The scrape configuration for a base port: the file of the repository, or one of the same shape for other ports. */
export function configFile(basePort: number): string {
  if (basePort === DEFAULT_BASE_PORT) return join(ROOT, 'demo/prometheus.yml');
  const path = join(ownFolder(), 'prometheus.yml');
  writeFileSync(path, prometheusConfig(basePort));
  return path;
}

/** A text of the demo with its addresses of the default ports moved to those of another base port. */
function atPorts(text: string, basePort: number): string {
  return text.replaceAll(/127\.0\.0\.1:1808(\d)/g, (_, digit) => `127.0.0.1:${basePort + Number(digit)}`);
}

/** Writes files of the demo for a base port into a folder, and returns where each is. */
export function copyAtPorts(files: readonly string[], folder: string, basePort: number): ReadonlyMap<string, string> {
  return new Map(
    files.map((file) => {
      const path = join(folder, basename(file));
      writeFileSync(path, atPorts(readFileSync(join(ROOT, file), 'utf8'), basePort));
      return [file, path];
    }),
  );
}

/** Trilith's own settings for a base port: the file of the repository, or a copy that names copies. */
export function settingsFile(basePort: number): string {
  if (basePort === DEFAULT_BASE_PORT) return join(ROOT, SETTINGS);
  const folder = ownFolder();
  let text = atPorts(readFileSync(join(ROOT, SETTINGS), 'utf8'), basePort);
  for (const [file, path] of copyAtPorts(WITH_ADDRESSES, folder, basePort)) text = text.replace(file, path);
  const path = join(folder, basename(SETTINGS));
  writeFileSync(path, text);
  return path;
}
