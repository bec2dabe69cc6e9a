import { basename } from 'node:path';
import { RE2JS } from 're2js';
import type { AgentConfig, FileSourceConfig } from './config.ts';
import { encodeResource } from './log_batch.ts';
import type { FileOrigin, LineFormat, LogSource } from './log_source.ts';
import { firstLineGrouping, stackTraceGrouping } from './stack_traces.ts';

export type OriginOf = LogSource['originOf'];

/** The files to follow and how they are read, in the order in which a file that several describe is given away. */
export function logSources(
  config: AgentConfig,
  containers: OriginOf,
  nodeAttributes: readonly (readonly [string, string])[],
): LogSource[] {
  const sources: LogSource[] = config.files.map((file) => ({
    patterns: file.paths,
    exclude: file.exclude,
    format: plainFormat(file),
    fromEnd: file.start === 'end',
    originOf: fileOrigins(file, nodeAttributes),
  }));
  if (config.containers !== false) {
    const { paths, exclude, multiline, start } = config.containers;
    sources.push({
      patterns: paths,
      exclude,
      format: { container: true, grouping: multiline ? stackTraceGrouping : undefined, encoding: undefined },
      fromEnd: start === 'end',
      originOf: containers,
    });
  }
  return sources;
}

function plainFormat({ multiline, encoding }: FileSourceConfig): LineFormat {
  if (multiline === false) return { container: false, grouping: undefined, encoding };
  if (multiline === true) return { container: false, grouping: stackTraceGrouping, encoding };
  const first = RE2JS.compile(multiline.first_line);
  return { container: false, grouping: () => firstLineGrouping((line) => first.matcher(line).find()), encoding };
}

/** Files are known by their path; the service is the configured one, or the file's name up to its first dot. */
function fileOrigins(file: FileSourceConfig, nodeAttributes: readonly (readonly [string, string])[]): OriginOf {
  const known = new Map<string, FileOrigin>();
  return (source) => {
    const found = known.get(source);
    if (found !== undefined) return found;
    const name = basename(source);
    const made: FileOrigin = {
      resource: encodeResource(
        new Map([
          ...nodeAttributes,
          ['service.name', file.service ?? (name.replace(/\..*$/, '') || name)],
          ...Object.entries(file.attributes),
          ['log.file.path', source],
        ]),
      ),
      wants: () => true,
    };
    if (known.size >= 20_000) known.clear();
    known.set(source, made);
    return made;
  };
}
