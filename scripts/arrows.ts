/**
 * The allowed arrows of the house (ARCHITECTURE.md): room → rooms it may import, each with its reason. `base` and `model`
 * may be imported by every server room and are left out. A test fails on any other arrow, on a way round a room's door
 * and on any import cycle.
 */
export const ARROWS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  contract: {},
  lang: {},
  web: {
    contract: 'the shapes of our own API',
    lang: 'diagnostics and completion from the same parser the server uses',
  },
  demo: { 'server/base': 'a port for the server it starts' },
  conformance: {
    lang: 'runs upstream parse cases without a server',
    'server/query': 'runs upstream evaluation scripts over an in-memory source',
    'server/rules': 'the notation of series; unit tests of rules',
    'server/receive/remote_write': 'the crash harness encodes with the same snappy the server reads',
    'server/base': 'snappy, protobuf and Native bytes for black-box senders',
    'server/model': 'label sets and units in oracles',
    'server/store': 'the crash harness counts stored rows after the program has ended',
    'server/cli': 'trilith check over upstream’s files; commands against a running server',
  },
  bench: {
    conformance: 'options of a command and their help',
    'server/alerting': 'grouping and routing measured alone',
    'server/api': 'lists of alerts measured without a network',
    'server/base': 'snappy for the load it generates',
    'server/model': 'units',
    'server/receive': 'the decoder measured alone',
    'server/ingest': 'series identity and limits of the decoder measured alone',
  },
  'server/base': {},
  'server/model': { 'server/base': 'nouns may use mechanisms without domain' },
  'server/store': {},
  'server/state': { 'server/store': 'history is a table', contract: 'shapes of what is kept' },
  'server/access': { 'server/state': 'users and tokens are records' },
  'server/ingest': { 'server/store': 'the loader inserts; column order is the store’s' },
  'server/receive': { 'server/store': 'decoders build the store’s columns' },
  'server/query': {
    lang: 'plans start from its syntax trees',
    'server/store': 'reads',
    contract: 'in which order the rows of a trace stand',
  },
  'server/rules': {
    lang: 'rule expressions',
    'server/query': 'evaluation',
    'server/state': 'alert state',
  },
  'server/slo': {
    lang: 'expressions and their windows',
    contract: 'what is left of a budget, as it is shown',
    'server/rules': 'objectives become groups of rules',
    'server/state': 'exclusions are records',
  },
  'server/drills': {
    contract: 'proof and runs as they are shown',
    lang: 'which metrics a rule reads',
    'server/ledger': 'what fired and what was told; the parts of an expression',
    'server/query': 'LogQL over injected lines',
    'server/rules': 'a shadow of the rule; the memory of unit tests',
    'server/state': 'runs are records',
    'server/store': 'which events of the ledger',
  },
  'server/runbooks': {
    contract: 'what a page shows',
    lang: 'whether live queries can be asked',
  },
  'server/alerting': {
    contract: 'evidence is asked of our own API',
    lang: 'templates, quoted names of matchers, the sides of a comparison',
    'server/state': 'silences and what was told are records',
  },
  'server/api': {
    contract: 'our own API’s shapes',
    lang: 'positions of parse errors',
    'server/access': 'who may',
    'server/alerting': 'alerts, their groups, silences',
    'server/ingest': 'its status',
    'server/ledger': 'history, noise, why',
    'server/on_call': 'schedules, overrides, acknowledgements',
    'server/query': 'answers',
    'server/receive': 'target health',
    'server/rules': 'groups of rules and their alerts',
    'server/state': 'records',
    'server/store': 'its status',
    'server/slo': 'objectives and their budgets',
    'server/drills': 'proof, drills',
    'server/runbooks': 'pages and lists of them',
  },
  'server/ledger': {
    contract: 'shapes of history, noise and why',
    lang: 'sides of a rule’s comparison',
    'server/alerting': 'why: the tree of routes',
    'server/rules': 'why: what an expression gave',
    'server/store': 'events are rows',
  },
  'server/on_call': {
    contract: 'shapes of what people do',
    'server/alerting': 'notifications and their outcome',
    'server/state': 'records',
  },
  'server/exporters': { 'server/receive': 'metric families of a scrape' },
  'server/agent': { 'server/receive': 'file readers and scraping', 'server/exporters': 'host metrics' },
  'server/cli': {
    contract: 'it speaks our API like any client',
    lang: 'durations as Prometheus writes them',
    'server/receive': 'check: the parsers of the running server give the verdict',
    'server/rules': 'check: the same for rule files',
    'server/on_call': 'on-call check: the same for its file',
    'server/ingest': 'check: the masking of the running server',
    'server/slo': 'check: the reader of the running server gives the verdict',
    'server/runbooks': 'check: the same for runbooks',
    'server/alerting': 'check: the same for alertmanager.yml',
  },
  'server/app': { '*': 'the composition root wires everything' },
};

/** Rooms that have one door each below them: another room imports `<room>/<name>/index.ts`. */
export const NESTED_DOORS: readonly string[] = ['server/receive', 'server/api', 'server/exporters'];
/** Rooms without a door: their files are imported one by one. */
export const WITHOUT_DOOR: readonly string[] = ['server/base', 'server/model', 'server/app'];
/** Files of a room that may be imported past its door, and why. */
export const SIDE_DOORS: Readonly<Record<string, string>> = {};

/** The room a file belongs to, from its path relative to the repository, or null outside all rooms. */
export function roomOf(path: string): string | null {
  const parts = path.split('/');
  if (parts[0] === 'server' && parts[1] === 'src') return parts.length > 3 ? `server/${parts[2]}` : 'server/app';
  return parts[0] !== undefined && parts[0] in ARROWS ? parts[0] : null;
}
