import { isTimeZone } from '../base/time_zone.ts';
import {
  ConfigFileError,
  durationMs,
  entries,
  fail,
  list,
  parseDurationMs,
  parseYaml,
  record,
  text,
  texts,
  whole,
  type YamlValue,
} from '../base/yaml_reader.ts';
import type {
  EscalationPolicy,
  EscalationStep,
  EscalationTarget,
  Layer,
  OnCallConfig,
  Person,
  Schedule,
  WeeklyHours,
} from './on_call_config.ts';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;
const DEFAULT_WAIT_MS = 5 * MINUTE_MS;
/** Bounds of a file: more is a mistake, or somebody else's idea of a file. */
const MOST = 1_000;
const MOST_REPEATS = 100;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const TARGET_KINDS = ['schedule', 'person', 'receiver'] as const;

/**
 * Reads `on_call.file`. Throws ConfigFileError with the line: also for names that nobody has, in schedules and in policies.
 * Names of receivers are alertmanager.yml's; whoever has that file checks them.
 */
export function readOnCall(source: string): OnCallConfig {
  const top = record(parseYaml(source), ['people', 'schedules', 'policies']);
  const people = named(top.get('people'), readPerson);
  const schedules = named(top.get('schedules'), (name, value) => readSchedule(name, value, people));
  const policies = named(top.get('policies'), (name, value) => readPolicy(name, value, { people, schedules }));
  return { people, schedules, policies };
}

function named<T>(value: YamlValue | undefined, read: (name: string, value: YamlValue) => T): Map<string, T> {
  const found = value === undefined ? [] : entries(value);
  if (value !== undefined && found.length > MOST) throw fail(value, `more than ${MOST}`);
  return new Map(
    found.map(([name, entry]) => {
      if (!NAME.test(name)) throw fail(entry, `a name is letters, digits, ".", "_" and "-", at most 64 of them`);
      return [name, read(name, entry)];
    }),
  );
}

function readPerson(id: string, value: YamlValue): Person {
  const keys = record(value, ['name', 'receivers', 'zone', 'slack']);
  return {
    id,
    name: optionalText(keys.get('name')) || id,
    receivers: texts(keys.get('receivers')),
    zone: readZone(keys.get('zone')),
    slack: optionalText(keys.get('slack')),
  };
}

function readSchedule(name: string, value: YamlValue, people: ReadonlyMap<string, Person>): Schedule {
  const keys = record(value, ['zone', 'layers']);
  const layers = list(keys.get('layers'));
  if (layers.length === 0) throw fail(value, 'a schedule has at least one layer');
  return {
    name,
    zone: readZone(keys.get('zone')),
    layers: layers.map((layer, i) => readLayer(layer, i, people)),
  };
}

function readLayer(value: YamlValue, index: number, people: ReadonlyMap<string, Person>): Layer {
  const keys = record(value, ['name', 'people', 'every', 'start', 'end', 'hours']);
  const turns = list(keys.get('people')).map((turn) => {
    const together = isList(turn) ? list(turn) : [turn];
    if (together.length === 0) throw fail(turn, 'a turn is of at least one person');
    return together.map((person) => known(person, people, 'person'));
  });
  if (turns.length === 0) throw fail(value, 'a layer has people');
  const start = keys.get('start');
  if (start === undefined) throw fail(value, 'start is missing: when the first turn begins, as 2026-01-05 10:00');
  const end = keys.get('end');
  return {
    name: optionalText(keys.get('name')) || `layer ${index + 1}`,
    turns,
    turnMinutes: turnMinutes(keys.get('every')),
    startWallMs: readWallClock(start),
    endWallMs: end === undefined ? Number.POSITIVE_INFINITY : readWallClock(end),
    hours: list(keys.get('hours')).map(readHours),
  };
}

function turnMinutes(value: YamlValue | undefined): number {
  if (value === undefined) return 7 * DAY_MINUTES;
  const written = text(value);
  const ms = { day: 24 * 60 * MINUTE_MS, week: 7 * 24 * 60 * MINUTE_MS }[written] ?? parseDurationMs(written);
  if (ms === undefined || ms < 60 * MINUTE_MS || ms % MINUTE_MS !== 0)
    throw fail(value, `day, week, or a duration of at least an hour (12h, 2w), not ${JSON.stringify(written)}`);
  return ms / MINUTE_MS;
}

function readHours(value: YamlValue): WeeklyHours {
  const keys = record(value, ['days', 'from', 'to']);
  const written = keys.get('days');
  const days = written === undefined ? [0, 1, 2, 3, 4, 5, 6] : readDays(written);
  const [from, to] = [keys.get('from'), keys.get('to')];
  return {
    days,
    fromMinute: from === undefined ? 0 : readMinute(from),
    toMinute: to === undefined ? DAY_MINUTES : readMinute(to),
  };
}

/** Days of the week as Alertmanager writes them: names, and ranges as `monday:friday`. */
function readDays(value: YamlValue): number[] {
  const days = new Set<number>();
  for (const entry of list(value)) {
    const [first = '', last = first] = text(entry).toLowerCase().split(':');
    const [from, to] = [DAYS.indexOf(first), DAYS.indexOf(last)];
    if (from < 0 || to < 0) throw fail(entry, `a day of the week, or a range as monday:friday`);
    for (let day = from; ; day = (day + 1) % 7) {
      days.add(day);
      if (day === to) break;
    }
  }
  return [...days].sort((a, b) => a - b);
}

function readMinute(value: YamlValue): number {
  const match = /^([01]\d|2[0-4]):([0-5]\d)$/.exec(text(value));
  const minute = match === null ? Number.NaN : Number(match[1]) * 60 + Number(match[2]);
  if (!(minute <= DAY_MINUTES)) throw fail(value, 'a time of the day, from 00:00 to 24:00');
  return minute;
}

function readWallClock(value: YamlValue): number {
  const match = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d))?$/.exec(text(value));
  const [, year = '', month = '', day = '', hour = '00', minute = '00'] = match ?? [];
  const ms = match === null ? Number.NaN : Date.parse(`${year}-${month}-${day}T${hour}:${minute}:00Z`);
  if (Number.isNaN(ms)) throw fail(value, 'a local time as 2026-01-05 10:00');
  return ms;
}

function readPolicy(
  name: string,
  value: YamlValue,
  { people, schedules }: Pick<OnCallConfig, 'people' | 'schedules'>,
): EscalationPolicy {
  const keys = record(value, ['steps', 'repeat']);
  const steps = list(keys.get('steps')).map((step): EscalationStep => {
    const of = record(step, ['notify', 'wait']);
    const targets = list(of.get('notify')).map((target): EscalationTarget => {
      const [prefix = '', rest] = text(target).split(/:(.*)/s);
      const kind = TARGET_KINDS.find((one) => one === prefix);
      if (kind === undefined || rest === undefined)
        throw fail(target, `schedule:NAME, person:NAME or receiver:NAME, not ${JSON.stringify(text(target))}`);
      if (kind === 'schedule' && !schedules.has(rest)) throw fail(target, `no schedule is named ${rest}`);
      if (kind === 'person' && !people.has(rest)) throw fail(target, `no person is named ${rest}`);
      return { kind, name: rest };
    });
    if (targets.length === 0) throw fail(step, 'a step notifies somebody');
    const waitMs = durationMs(of.get('wait'), DEFAULT_WAIT_MS);
    if (waitMs < 1_000) throw fail(of.get('wait') ?? step, 'at least 1s');
    return { targets, waitMs };
  });
  if (steps.length === 0) throw fail(value, 'a policy has at least one step');
  const repeat = whole(keys.get('repeat'), 0);
  if (repeat > MOST_REPEATS) throw fail(keys.get('repeat') ?? value, `at most ${MOST_REPEATS}`);
  return { name, steps, repeat };
}

function isList(value: YamlValue): boolean {
  return value.node !== null && 'items' in value.node;
}

function known(value: YamlValue, people: ReadonlyMap<string, Person>, what: string): string {
  const name = text(value);
  if (!people.has(name)) throw fail(value, `no ${what} is named ${JSON.stringify(name)}`);
  return name;
}

function readZone(value: YamlValue | undefined): string {
  const zone = value === undefined ? 'UTC' : text(value);
  if (!isTimeZone(zone)) throw new ConfigFileError(value?.line ?? 1, `unknown time zone ${JSON.stringify(zone)}`);
  return zone;
}

function optionalText(value: YamlValue | undefined): string {
  return value === undefined ? '' : text(value);
}
