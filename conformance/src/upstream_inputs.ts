import { existsSync } from 'node:fs';

/** The exit status of a command whose inputs or peer are absent: neither 0, all passed, nor 1, something failed. */
export const NOT_RUN = 2;

/**
 * Whether upstream's inputs lie beside the repository. Where they do not, says so on standard error and sets the exit status
 * NOT_RUN, so that nobody takes it for a run in which all passed.
 * @param path the file or folder
 */
export function hasInputs(path: string | URL): boolean {
  if (existsSync(path)) return true;
  const place = /shared\/conformance.*/.exec(String(path))?.[0] ?? String(path);
  process.stderr.write(`upstream's inputs are not here (../${place}): nothing was run, nothing is proved\n`);
  process.exitCode = NOT_RUN;
  return false;
}
