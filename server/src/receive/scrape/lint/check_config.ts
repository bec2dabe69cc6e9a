import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { HttpTls, SecretSource } from '../../../base/http_settings.ts';
import { ConfigFileError } from '../../../base/yaml_reader.ts';
import { loadPrometheusConfig, PrometheusConfigError } from '../config/load.ts';
import { parsePrometheusConfig } from '../config/prometheus_config.ts';
import { builtinJob, type ScrapeJob } from '../config/types.ts';
import { parseGroupFile } from '../discovery/group_file.ts';
import type { TargetGroup } from '../discovery/target_group.ts';
import { staticGroups, targetsOf } from '../targets.ts';

export interface ConfigCheck {
  /** Why the configuration cannot be used, or undefined. */
  readonly error: string | undefined;
  /** Rule files that it names and that are there. */
  readonly ruleFiles: readonly string[];
  readonly warnings: readonly string[];
  readonly jobs: readonly { readonly name: string; readonly intervalMs: number }[];
}

export interface ConfigCheckOptions {
  /** Only the file itself: nothing it names is looked at. */
  readonly syntaxOnly: boolean;
  /** As for Prometheus' agent: no alerting, rules or remote read. */
  readonly agent: boolean;
}

class CheckError extends Error {
  override readonly name = 'CheckError';
}

/** Checks a `prometheus.yml` and the files it names, as `promtool check config` does. */
export function checkConfig(path: string, options: ConfigCheckOptions): ConfigCheck {
  const failed = (error: string): ConfigCheck => ({ error, ruleFiles: [], warnings: [], jobs: [] });
  try {
    const source = readFileSync(path, 'utf8');
    if (options.agent) refuseForAgent(source);
    const directory = dirname(resolve(path));
    const config = options.syntaxOnly
      ? { ...parsePrometheusConfig(source, directory), fileNotices: [] }
      : loadPrometheusConfig(path);
    const warnings = config.fileNotices.map((notice) => `${notice.path}: ${notice.message}`);
    if (options.syntaxOnly) return { error: undefined, ruleFiles: [], warnings, jobs: config.jobs };
    for (const job of config.jobs) checkTls(job.tls, job.directory);
    for (const job of config.jobs) warnings.push(...checkJob(job));
    for (const { groups, relabel } of config.alerting.alertmanagers)
      checkGroups({ ...builtinJob('alertmanager', 60_000, '/', ''), groups, relabel });
    const ruleFiles = config.ruleFiles.flatMap((pattern) => ruleFilesOf(pattern, directory));
    return { error: undefined, ruleFiles, warnings, jobs: config.jobs };
  } catch (error) {
    const expected = [PrometheusConfigError, ConfigFileError, CheckError].some((kind) => error instanceof kind);
    if (error instanceof Error && (expected || 'code' in error)) return failed(error.message);
    throw error;
  }
}

const NOT_FOR_AGENTS = ['alerting', 'rule_files', 'remote_read'];

function refuseForAgent(source: string): void {
  for (const key of NOT_FOR_AGENTS)
    if (new Set(source.split('\n').map((line) => line.split(':')[0])).has(key))
      throw new CheckError(`field ${key} is not allowed in agent mode`);
}

function ruleFilesOf(pattern: string, directory: string): string[] {
  const found = globSync(resolve(directory, pattern)).sort();
  if (found.length === 0 && !pattern.includes('*'))
    throw new CheckError(`${JSON.stringify(resolve(directory, pattern))} does not point to an existing file`);
  return found;
}

function mustExist(source: SecretSource | undefined, directory: string, what: string): void {
  if (source?.kind !== 'file' || existsSync(resolve(directory, source.path))) return;
  throw new CheckError(`error checking ${what} ${JSON.stringify(source.path)}: no such file or directory`);
}

function checkTls({ ca, cert, key }: HttpTls, directory: string): void {
  mustExist(cert, directory, 'client cert file');
  mustExist(key, directory, 'client key file');
  mustExist(ca, directory, 'CA file');
  const read = (source: SecretSource | undefined): string | undefined =>
    source?.kind === 'file' ? readFileSync(resolve(directory, source.path), 'utf8') : undefined;
  const [certificate, privateKey] = [read(cert), read(key)];
  try {
    if (certificate !== undefined && privateKey !== undefined) {
      if (!new X509Certificate(certificate).checkPrivateKey(createPrivateKey(privateKey)))
        throw new CheckError('the client certificate and key do not belong together');
    }
  } catch (error) {
    if (error instanceof CheckError) throw error;
    throw new CheckError(`client certificate: ${(error as Error).message}`, { cause: error });
  }
}

function checkJob(job: ScrapeJob): string[] {
  const warnings: string[] = [];
  if (job.auth.kind === 'header')
    mustExist(job.auth.credentials, job.directory, 'authorization credentials or bearer token file');
  checkGroups(job);
  for (const discovery of job.discovery) {
    if (discovery.kind === 'kubernetes') checkTls(discovery.tls, job.directory);
    if (discovery.kind !== 'file') continue;
    for (const pattern of discovery.files) {
      const files = globSync(resolve(job.directory, pattern));
      if (files.length === 0) {
        const name = JSON.stringify(resolve(job.directory, pattern));
        warnings.push(`file ${name} for file_sd in scrape job ${JSON.stringify(job.name)} does not exist`);
      }
      for (const file of files) checkGroups(job, groupsOf(file));
    }
  }
  return warnings;
}

function groupsOf(path: string): TargetGroup[] {
  try {
    return parseGroupFile(readFileSync(path, 'utf8'), path);
  } catch (error) {
    throw new CheckError(`checking SD file ${JSON.stringify(path)}: ${(error as Error).message}`, { cause: error });
  }
}

/** Every target that relabelling leaves must be one that can be scraped. */
function checkGroups(job: ScrapeJob, groups: readonly TargetGroup[] = staticGroups(job)): void {
  const broken = targetsOf({ ...job, targetLimit: 0 }, groups).broken[0];
  if (broken !== undefined) throw new CheckError(broken.reason);
}
