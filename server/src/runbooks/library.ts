import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import type { RunbookProblem } from '@trilith/contract';
import { readRunbook } from './read_runbook.ts';
import { IMAGE_TYPES, type Runbook, type RunbookImage } from './runbook.ts';

/** The runbooks of a folder at one moment. */
export interface Library {
  /** By name, in order. */
  readonly runbooks: ReadonlyMap<string, Runbook>;
  /** By path in the folder. */
  readonly images: ReadonlyMap<string, RunbookImage>;
  /** Files that cannot be read, by name. */
  readonly broken: ReadonlyMap<string, string>;
  /** Why nothing can be read at all, or not everything; else empty. */
  readonly problem: string;
  /** Differs when a file has changed, come or gone. */
  readonly fingerprint: string;
}

export const EMPTY_LIBRARY: Library = {
  runbooks: new Map(),
  images: new Map(),
  broken: new Map(),
  problem: '',
  fingerprint: '',
};

const MOST_FILES = 5_000;
const MOST_DEPTH = 8;
const MOST_BYTES = 256 * 1024;

interface FoundFile {
  /** In the folder, with slashes. */
  readonly path: string;
  readonly file: string;
  readonly changedMs: number;
  readonly bytes: number;
}

/**
 * Reads every `.md` file and image of a folder and those below it; hidden ones are left out. Files that have not changed are taken
 * from `before`. Never rejects: what cannot be read is said.
 */
export async function readLibrary(directory: string, before: Library = EMPTY_LIBRARY): Promise<Library> {
  const found: FoundFile[] = [];
  let problem = '';
  try {
    const root = await realpath(directory);
    if (!(await filesBelow(root, '', found)))
      problem = `${directory}: more than ${MOST_FILES} files, or folders deeper than ${MOST_DEPTH}: the others are not read`;
  } catch (error) {
    problem = `${directory}: ${error instanceof Error ? error.message : String(error)}`;
  }
  const fingerprint = `${directory}\n${problem}\n${found.map(({ path, changedMs, bytes }) => `${path} ${changedMs} ${bytes}`).join('\n')}`;
  if (fingerprint === before.fingerprint) return before;
  const runbooks = new Map<string, Runbook>();
  const images = new Map<string, RunbookImage>();
  const broken = new Map<string, string>();
  for (const { path, file, changedMs, bytes } of found) {
    const type = IMAGE_TYPES.get(extname(path).toLowerCase());
    if (type !== undefined) {
      images.set(path, { file, type });
      continue;
    }
    const name = path.slice(0, -'.md'.length);
    if (bytes > MOST_BYTES) {
      broken.set(name, `it has ${bytes} bytes, at most ${MOST_BYTES} are read`);
      continue;
    }
    const known = before.runbooks.get(name);
    try {
      const isKnown = known?.changedMs === changedMs && before.fingerprint.startsWith(`${directory}\n`);
      runbooks.set(name, isKnown ? known : readRunbook(await readFile(file, 'utf8'), name, changedMs));
    } catch (error) {
      broken.set(name, error instanceof Error ? error.message : String(error));
    }
  }
  return { runbooks, images, broken, problem, fingerprint };
}

/** Adds the files of a folder in order of their names; false when there are too many. Links out of the root are left out. */
async function filesBelow(root: string, inside: string, found: FoundFile[]): Promise<boolean> {
  if (inside.split('/').length > MOST_DEPTH) return false;
  let isWhole = true;
  for (const name of (await readdir(join(root, inside))).sort()) {
    if (name.startsWith('.')) continue;
    const path = inside === '' ? name : `${inside}/${name}`;
    const target = await targetOf(join(root, path));
    if (target === undefined || !target.file.startsWith(root + sep)) continue;
    if (target.isDirectory) {
      // A link to a folder could lead round in circles.
      if (target.file === join(root, path)) isWhole = (await filesBelow(root, path, found)) && isWhole;
    } else if (path.endsWith('.md') || IMAGE_TYPES.has(extname(path).toLowerCase())) {
      if (found.length >= MOST_FILES) return false;
      found.push({ path, file: target.file, changedMs: target.changedMs, bytes: target.bytes });
    }
  }
  return isWhole;
}

/** What a path leads to, links followed; undefined where it leads nowhere. */
async function targetOf(
  path: string,
): Promise<{ file: string; isDirectory: boolean; changedMs: number; bytes: number } | undefined> {
  try {
    const file = await realpath(path);
    const found = await stat(file);
    return { file, isDirectory: found.isDirectory(), changedMs: Math.round(found.mtimeMs), bytes: found.size };
  } catch {
    // A file that went away meanwhile, or a link to nowhere, is none.
    return undefined;
  }
}

/** The runbook a path leads to: its own, or what a folder begins with. */
export function runbookAt(path: string, { runbooks }: Pick<Library, 'runbooks'>): Runbook | undefined {
  const inside = path === '' || path === '.' ? '' : `${path}/`;
  return runbooks.get(path) ?? runbooks.get(`${inside}README`) ?? runbooks.get(`${inside}index`);
}

/**
 * What is wrong with a runbook: what its text says, and links into the folder that lead nowhere.
 * @param diedOf why an address elsewhere does not open; empty when it does or that is not known
 */
export function problemsOf(
  runbook: Runbook,
  library: Pick<Library, 'runbooks' | 'images'>,
  diedOf: (address: string) => string,
): RunbookProblem[] {
  const dead = runbook.links.flatMap(({ address, written, line }): RunbookProblem[] => {
    const text = whyDead(address, runbook, library, diedOf);
    return text === '' ? [] : [{ kind: 'link', line, subject: written, text }];
  });
  return [...runbook.problems, ...dead];
}

function whyDead(
  address: Runbook['links'][number]['address'],
  runbook: Runbook,
  library: Pick<Library, 'runbooks' | 'images'>,
  diedOf: (address: string) => string,
): string {
  const withoutHeading = (of: Runbook, id: string): string =>
    id === '' || of.headings.has(id) ? '' : `there is no heading #${id}`;
  switch (address.kind) {
    case 'refused':
      return address.reason;
    case 'elsewhere':
      return diedOf(address.href);
    case 'heading':
      return withoutHeading(runbook, address.id);
    case 'image':
      return library.images.has(address.path) ? '' : `${address.path} is not in the folder of runbooks`;
    case 'page': {
      const to = runbookAt(address.path, library);
      return to === undefined
        ? `${address.path}.md is not in the folder of runbooks`
        : withoutHeading(to, address.heading);
    }
    case 'mail':
    case 'screen':
      return '';
  }
}
