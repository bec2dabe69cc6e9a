import { readTls } from '../../../base/http_client_config.ts';
import type { HttpTls, SecretSource } from '../../../base/http_settings.ts';
import { entries, fail, record, text, type YamlValue } from '../../../base/yaml_reader.ts';
import type { Keys } from '../../../base/yaml_shape.ts';
import { flagOf, secretOf, textOr } from '../config_fields.ts';
import { defaultTemplate, type Entry, readEntry } from '../entry.ts';
import { type HostPort, hostPortOf, type SmtpSettings } from '../globals.ts';

export interface EmailConfig {
  readonly to: string;
  readonly from: string;
  readonly hello: string;
  readonly smarthost: HostPort;
  readonly username: string;
  readonly password: SecretSource | undefined;
  /** For CRAM-MD5. */
  readonly secret: SecretSource | undefined;
  readonly identity: string;
  readonly requireTls: boolean;
  readonly implicitTls: boolean;
  readonly tls: HttpTls;
  /** By their canonical names. */
  readonly headers: ReadonlyMap<string, string>;
  readonly html: string;
  readonly text: string;
  /** All mails about a group are one thread; a new one each day with `daily`. */
  readonly threading: 'off' | 'none' | 'daily';
}

const KEYS = [
  'to',
  'from',
  'hello',
  'smarthost',
  'auth_username',
  'auth_password',
  'auth_password_file',
  'auth_secret',
  'auth_secret_file',
  'auth_identity',
  'headers',
  'html',
  'text',
  'require_tls',
  'tls_config',
  'force_implicit_tls',
  'threading',
];

/** Reads an entry of `email_configs`. Throws ConfigFileError. */
export function readEmail(at: YamlValue, smtp: SmtpSettings): { entry: Entry; config: EmailConfig } {
  const entry = readEntry(at, KEYS, false);
  const { keys } = entry;
  const to = textOr(keys, 'to');
  if (to === '') throw fail(at, 'missing to address in email config');
  const headers = readHeaders(keys, to);
  const threading = readThreading(keys, headers);
  const smarthost = hostPortOf(keys, 'smarthost') ?? smtp.smarthost;
  if (smarthost === undefined) throw fail(at, 'no global SMTP smarthost set');
  const from = textOr(keys, 'from') || smtp.from;
  if (from === '') throw fail(at, 'no global SMTP from set');
  if (!headers.has('From')) headers.set('From', from);
  const implicit = keys.has('force_implicit_tls') ? flagOf(keys, 'force_implicit_tls') : smtp.forceImplicitTls;
  const config: EmailConfig = {
    to,
    from,
    hello: textOr(keys, 'hello') || smtp.hello,
    smarthost,
    username: textOr(keys, 'auth_username') || smtp.authUsername,
    password: secretOf(keys, 'auth_password') ?? smtp.authPassword,
    secret: secretOf(keys, 'auth_secret') ?? smtp.authSecret,
    identity: textOr(keys, 'auth_identity') || smtp.authIdentity,
    requireTls: flagOf(keys, 'require_tls', smtp.requireTls),
    implicitTls: implicit ?? smarthost.port === 465,
    tls: keys.has('tls_config') ? readTls(keys.get('tls_config')) : smtp.tls,
    headers,
    html: textOr(keys, 'html', defaultTemplate('email', 'html')),
    text: textOr(keys, 'text'),
    threading,
  };
  return { entry, config };
}

/** `reply-to` as `Reply-To` (Go's textproto.CanonicalMIMEHeaderKey). */
function canonicalName(name: string): string {
  return name.toLowerCase().replaceAll(/(?:^|-)[a-z]/g, (start) => start.toUpperCase());
}

function readHeaders(keys: Keys, to: string): Map<string, string> {
  const headers = new Map<string, string>();
  const value = keys.get('headers');
  for (const [name, template] of value === undefined ? [] : entries(value)) {
    const canonical = canonicalName(name);
    if (headers.has(canonical)) throw fail(template, `duplicate header ${JSON.stringify(canonical)} in email config`);
    headers.set(canonical, text(template));
  }
  if (!headers.has('Subject')) headers.set('Subject', defaultTemplate('email', 'subject'));
  if (!headers.has('To')) headers.set('To', to);
  return headers;
}

function readThreading(keys: Keys, headers: ReadonlyMap<string, string>): EmailConfig['threading'] {
  const value = keys.get('threading');
  if (value === undefined) return 'off';
  const inner = record(value, ['enabled', 'thread_by_date']);
  if (!flagOf(inner, 'enabled')) return 'off';
  for (const name of ['References', 'In-Reply-To']) {
    if (headers.has(name))
      throw fail(value, `conflicting configuration: threading.enabled conflicts with custom ${name} header`);
  }
  const by = textOr(inner, 'thread_by_date');
  if (by !== 'none' && by !== 'daily') throw fail(value, "threading.thread_by_date must be either 'none' or 'daily'");
  return by;
}
