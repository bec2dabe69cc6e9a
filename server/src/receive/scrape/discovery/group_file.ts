import { fail, isNull, list, parseYaml, record, text, type YamlValue } from '../../../base/yaml_reader.ts';
import { isLabelName, labelRecord } from '../../../base/yaml_shape.ts';
import type { TargetGroup } from './target_group.ts';

/** Target groups as files and HTTP endpoints list them; JSON is read as the YAML it is. */
function group(value: YamlValue, source: string): TargetGroup {
  if (isNull(value)) throw fail(value, 'empty or null target group');
  const keys = record(value, ['targets', 'labels']);
  return {
    source,
    targets: list(keys.get('targets')).map((target) => ({ __address__: text(target) })),
    labels: labelRecord(keys.get('labels')),
  };
}

/** Groups of a file for `file_sd_configs`. Throws ConfigFileError. */
export function parseGroupFile(source: string, path: string): TargetGroup[] {
  return list(parseYaml(source)).map((entry, i) => {
    const made = group(entry, `${path}:${i}`);
    return { ...made, labels: { ...made.labels, __meta_filepath: path } };
  });
}

/** Groups of the JSON an HTTP endpoint answers with. Throws Error. */
export function parseGroupJson(body: string, url: string): TargetGroup[] {
  const parsed: unknown = JSON.parse(body);
  if (!Array.isArray(parsed)) throw new Error('the answer is no list of target groups');
  return parsed.map((entry: unknown, i) => {
    const wrong = new Error(`target group ${i} is not one: targets must be texts, labels texts by name`);
    if (typeof entry !== 'object' || entry === null) throw wrong;
    const { targets = [], labels = {} } = entry as { targets?: unknown; labels?: unknown };
    if (!Array.isArray(targets) || typeof labels !== 'object' || labels === null) throw wrong;
    const own: Record<string, string> = Object.create(null);
    for (const [name, value] of Object.entries(labels)) {
      if (typeof value !== 'string' || !isLabelName(name, 'utf8')) throw wrong;
      own[name] = value;
    }
    own.__meta_url = url;
    const source = `${url}:${i}`;
    return {
      source,
      labels: own,
      targets: targets.map((target: unknown) => {
        if (typeof target !== 'string') throw wrong;
        return { __address__: target };
      }),
    };
  });
}
