import { type Labels, labelsFrom, labelValue, type Matcher } from '../../model/labels.ts';

/**
 * How the thread that knows `prometheus.yml` tells its `external_labels` to the one that reads data: as a header it sets
 * itself, whatever a client sent.
 */
const HEADER = 'x-trilith-external-labels';

/** Paths of what leaves this system for another Prometheus. */
const LEAVING = /(^|\/)federate$|\/api\/v1\/read$/;

/** A request on its way to the thread that reads data, with the labels it has to attach. */
export function withExternalLabels<
  Request extends { readonly path: string; readonly headers: Readonly<Record<string, string>> },
>(request: Request, labels: Readonly<Record<string, string>>): Request {
  if (!LEAVING.test(request.path)) return request;
  return { ...request, headers: { ...request.headers, [HEADER]: JSON.stringify(labels) } };
}

/** What `withExternalLabels` has put on. */
export function externalLabels(headers: Readonly<Record<string, string>>): Labels {
  const text = headers[HEADER];
  return text === undefined ? [] : labelsFrom(Object.entries(JSON.parse(text) as Record<string, string>));
}

/** Labels with those added that they do not have. */
export function attached(labels: Labels, external: Labels): Labels {
  if (external.length === 0) return labels;
  const pairs = (list: Labels): [string, string][] =>
    Array.from({ length: list.length / 2 }, (_, i) => [list[i * 2] as string, list[i * 2 + 1] as string]);
  return labelsFrom([...pairs(external), ...pairs(labels)]);
}

/** Stored series do not have the labels, so a matcher that asks for one of their values is content with none. */
export const withoutExternal = (matchers: readonly Matcher[], external: Labels): readonly Matcher[] =>
  matchers.map((matcher) => {
    const { name, operator, value } = matcher;
    const own = value !== '' && operator === '=' && labelValue(external, name) === value;
    return own ? { ...matcher, value: '' } : matcher;
  });
