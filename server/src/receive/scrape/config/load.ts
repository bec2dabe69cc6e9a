import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ConfigFileError } from '../../../base/yaml_reader.ts';
import { parsePrometheusConfig, parseScrapeConfigFile } from './prometheus_config.ts';
import type { ConfigNotice, PrometheusConfig, ScrapeJob } from './types.ts';

/** A `prometheus.yml`, or a file it includes, cannot be used; the message begins with its path. */
export class PrometheusConfigError extends Error {
  override readonly name = 'PrometheusConfigError';
}

export interface LoadedConfig extends PrometheusConfig {
  /** Text of the main file. */
  readonly source: string;
  /** Each with the path of the file it is about. */
  readonly fileNotices: readonly (ConfigNotice & { readonly path: string })[];
}

function within<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ConfigFileError || (error instanceof Error && 'code' in error))
      throw new PrometheusConfigError(`${path}: ${error.message}`, { cause: error });
    throw error;
  }
}

/**
 * Reads a `prometheus.yml` with the files of its `scrape_config_files`. Throws PrometheusConfigError for what cannot be
 * read or used, also for a job name that occurs in two files.
 */
export function loadPrometheusConfig(path: string): LoadedConfig {
  const source = within(path, () => readFileSync(path, 'utf8'));
  const config = within(path, () => parsePrometheusConfig(source, dirname(resolve(path))));
  const fileNotices = config.notices.map((notice) => ({ ...notice, path }));
  const jobs: ScrapeJob[] = [...config.jobs];
  const origin = new Map(jobs.map(({ name }) => [name, 'main config file']));
  for (const pattern of config.scrapeConfigFiles) {
    for (const included of globSync(resolve(dirname(path), pattern)).sort()) {
      const more = within(included, () =>
        parseScrapeConfigFile(readFileSync(included, 'utf8'), source, dirname(included)),
      );
      for (const job of more.jobs) {
        const first = origin.get(job.name);
        if (first !== undefined) {
          const message = `found multiple scrape configs with job name ${JSON.stringify(job.name)}, first found in ${first}`;
          throw new PrometheusConfigError(`${included}: ${message}`);
        }
        origin.set(job.name, JSON.stringify(included));
        jobs.push(job);
      }
      fileNotices.push(...more.notices.map((notice) => ({ ...notice, path: included })));
    }
  }
  return { ...config, jobs, source, fileNotices };
}

/** Differs when a `prometheus.yml`, or a file it includes, has changed; the same for one that cannot be read. */
export function configFingerprint(path: string): string {
  const hash = createHash('sha256');
  try {
    const source = readFileSync(path, 'utf8');
    hash.update(source);
    const { scrapeConfigFiles } = parsePrometheusConfig(source);
    for (const pattern of scrapeConfigFiles)
      for (const included of globSync(resolve(dirname(path), pattern)).sort())
        hash.update(`${included}\0${readFileSync(included, 'utf8')}`);
  } catch (error) {
    // A broken file is a state too: whoever reads it next says what is wrong.
    hash.update(error instanceof Error ? error.message : String(error));
  }
  return hash.digest('hex');
}
