/**
 * The program's own metrics: typed counters, gauges and histograms whose labels come from closed sets, so that no
 * outside value can make series (the lesson of CVE-2022-21698). Incrementing is an array store.
 */

/** Label names with every value they may take. */
export type LabelSets = Readonly<Record<string, readonly string[]>>;
/** One value per label. */
export type LabelsOf<Sets extends LabelSets> = { readonly [Name in keyof Sets]: Sets[Name][number] };

export interface Counter {
  /** Adds `by` (default 1, never negative). */
  inc(by?: number): void;
}
export interface Gauge {
  set(value: number): void;
  add(by: number): void;
}
export interface Histogram {
  observe(value: number): void;
}
/** A family with labels; `with` is cheap but keep its answer where the labels are known beforehand. */
export interface Family<Sets extends LabelSets, Child> {
  /** The child of these labels. A value outside the declared set counts under `other`. */
  with(labels: LabelsOf<Sets>): Child;
}
/** A value of a callback metric: for a family without labels a number, else rows of labels and value. */
export type Observation<Sets extends LabelSets> = readonly (readonly [LabelsOf<Sets>, number])[];

export interface MetricsRegistry {
  counter(name: string, help: string): Counter;
  counters<const Sets extends LabelSets>(name: string, help: string, labels: Sets): Family<Sets, Counter>;
  gauge(name: string, help: string): Gauge;
  gauges<const Sets extends LabelSets>(name: string, help: string, labels: Sets): Family<Sets, Gauge>;
  /** @param buckets upper bounds, ascending, without +Inf */
  histogram(name: string, help: string, buckets: readonly number[]): Histogram;
  histograms<const Sets extends LabelSets>(
    name: string,
    help: string,
    buckets: readonly number[],
    labels: Sets,
  ): Family<Sets, Histogram>;
  /** A metric read when rendered. A callback that throws leaves its metric out of that rendering. */
  observed(type: 'counter' | 'gauge', name: string, help: string, read: () => number): void;
  observedRows<const Sets extends LabelSets>(
    type: 'counter' | 'gauge',
    name: string,
    help: string,
    labels: Sets,
    read: () => Observation<Sets>,
  ): void;
  /** Prometheus text format 0.0.4. */
  render(): string;
}

/** Seconds; from half a millisecond to ten seconds. */
export const LATENCY_BUCKETS: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

const OTHER = 'other';
const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

/** A number as the text format writes it. */
function formatValue(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return Number.isNaN(value) ? 'NaN' : String(value);
}

/** Escapes a label value: backslash, quote, newline. */
function escapeLabelValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

/** Escapes help text: backslash, newline. */
function escapeHelp(help: string): string {
  return help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function labelText(names: readonly string[], values: readonly string[]): string {
  return names.map((name, i) => `${name}="${escapeLabelValue(values[i] ?? '')}"`).join(',');
}

function braces(...parts: readonly string[]): string {
  const text = parts.filter((part) => part !== '').join(',');
  return text === '' ? '' : `{${text}}`;
}

interface CellState {
  readonly labels: string;
  value: number;
}

interface BucketState {
  readonly labels: string;
  readonly counts: Float64Array;
  sum: number;
}

/** All combinations a family declares are bounded by this; more is a mistake of ours. */
const MAX_CHILDREN = 4096;

/** Children of a family by their label values, made when first asked for (and all at once when there are no labels). */
function children<State, Child>(
  sets: LabelSets,
  make: (labels: string) => State,
  wrap: (state: State) => Child,
): { readonly states: State[]; readonly child: (labels: Readonly<Record<string, string>>) => Child } {
  const names = Object.keys(sets);
  const known = names.map((name) => new Set(sets[name]));
  const total = known.reduce((product, set) => product * (set.size + 1), 1);
  if (total > MAX_CHILDREN) throw new RangeError(`${total} label combinations are more than ${MAX_CHILDREN}`);
  const states: State[] = [];
  const byKey = new Map<string, Child>();
  const child = (labels: Readonly<Record<string, string>>): Child => {
    const values = names.map((name, i) => {
      const value = labels[name] ?? OTHER;
      return known[i]?.has(value) === true ? value : OTHER;
    });
    const key = values.join('\u0000');
    const found = byKey.get(key);
    if (found !== undefined) return found;
    const state = make(labelText(names, values));
    const made = wrap(state);
    states.push(state);
    byKey.set(key, made);
    return made;
  };
  return { states, child };
}

const newCell = (labels: string): CellState => ({ labels, value: 0 });

function counterOf(cell: CellState): Counter {
  return {
    inc(by = 1) {
      if (by > 0) cell.value += by;
    },
  };
}

function gaugeOf(cell: CellState): Gauge {
  return {
    set(value) {
      cell.value = value;
    },
    add(by) {
      cell.value += by;
    },
  };
}

function histogramOf(state: BucketState, bounds: Float64Array): Histogram {
  const { counts } = state;
  return {
    observe(value) {
      let i = 0;
      while (i < bounds.length && !(value <= (bounds[i] as number))) i++;
      counts[i] = (counts[i] as number) + 1;
      state.sum += value;
    },
  };
}

function renderBuckets(name: string, bounds: Float64Array, states: readonly BucketState[]): string[] {
  const lines: string[] = [];
  for (const { labels, counts, sum } of states) {
    let total = 0;
    for (let i = 0; i <= bounds.length; i++) {
      total += counts[i] ?? 0;
      const le = i < bounds.length ? formatValue(bounds[i] as number) : '+Inf';
      lines.push(`${name}_bucket${braces(labels, `le="${le}"`)} ${total}`);
    }
    lines.push(`${name}_sum${braces(labels)} ${formatValue(sum)}`, `${name}_count${braces(labels)} ${total}`);
  }
  return lines;
}

/** A registry of its own; names are unique in it (throws TypeError otherwise). */
export function createMetricsRegistry(): MetricsRegistry {
  const renderers = new Map<string, () => string[]>();

  const register = (name: string, help: string, type: string, lines: () => string[]): void => {
    if (!METRIC_NAME.test(name)) throw new TypeError(`not a metric name: ${name}`);
    if (renderers.has(name)) throw new TypeError(`metric ${name} is registered twice`);
    const head = [`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${type}`];
    renderers.set(name, () => {
      const body = lines();
      return body.length === 0 ? [] : [...head, ...body];
    });
  };

  const cells = <Child>(
    type: 'counter' | 'gauge',
    name: string,
    help: string,
    sets: LabelSets,
    wrap: (cell: CellState) => Child,
  ): ((labels: Readonly<Record<string, string>>) => Child) => {
    const { states, child } = children(sets, newCell, wrap);
    register(name, help, type, () => states.map((cell) => `${name}${braces(cell.labels)} ${formatValue(cell.value)}`));
    return child;
  };

  const buckets = (name: string, help: string, upper: readonly number[], sets: LabelSets) => {
    const bounds = Float64Array.from(upper);
    const make = (labels: string): BucketState => ({ labels, counts: new Float64Array(bounds.length + 1), sum: 0 });
    const { states, child } = children(sets, make, (state) => histogramOf(state, bounds));
    register(name, help, 'histogram', () => renderBuckets(name, bounds, states));
    return child;
  };

  return {
    counter: (name, help) => cells('counter', name, help, {}, counterOf)({}),
    counters: (name, help, labels) => ({ with: cells('counter', name, help, labels, counterOf) }),
    gauge: (name, help) => cells('gauge', name, help, {}, gaugeOf)({}),
    gauges: (name, help, labels) => ({ with: cells('gauge', name, help, labels, gaugeOf) }),
    histogram: (name, help, upper) => buckets(name, help, upper, {})({}),
    histograms: (name, help, upper, labels) => ({ with: buckets(name, help, upper, labels) }),
    observed(type, name, help, read) {
      register(name, help, type, () => [`${name} ${formatValue(read())}`]);
    },
    observedRows(type, name, help, sets, read) {
      const names = Object.keys(sets);
      register(name, help, type, () =>
        read().map(([labels, value]) => {
          const values = names.map((label) => {
            const text = labels[label] ?? OTHER;
            return sets[label]?.includes(text) === true ? text : OTHER;
          });
          return `${name}${braces(labelText(names, values))} ${formatValue(value)}`;
        }),
      );
    },
    render() {
      const lines: string[] = [];
      for (const [name, renderer] of renderers) {
        try {
          lines.push(...renderer());
        } catch (error) {
          // The rest of the page matters more than one broken callback; the page itself says which one broke.
          lines.push(`# ${name} could not be read: ${escapeHelp(error instanceof Error ? error.message : 'error')}`);
        }
      }
      return `${lines.join('\n')}\n`;
    },
  };
}
