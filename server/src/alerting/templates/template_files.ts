import { globSync, readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { AlertmanagerConfig } from '../config/types.ts';
import type { TemplateFile } from './notification_templates.ts';

/** The files that a configuration's globs name; a glob without any is no error (as upstream has it). */
export function templatePaths({ templates }: Pick<AlertmanagerConfig, 'templates'>, directory: string): string[] {
  return templates.flatMap((pattern) => globSync(pattern, { cwd: directory }).map((file) => resolve(directory, file)));
}

/** Throws Node's error for a file that cannot be read. */
export function readTemplateFiles(config: Pick<AlertmanagerConfig, 'templates'>, directory: string): TemplateFile[] {
  return templatePaths(config, directory).map((file) => ({ name: basename(file), text: readFileSync(file, 'utf8') }));
}
