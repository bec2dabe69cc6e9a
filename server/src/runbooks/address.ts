import { posix } from 'node:path';
import { type Address, IMAGE_TYPES } from './runbook.ts';

const SCHEME = /^([a-z][a-z0-9+.-]*):/i;

const refused = (reason: string): Address => ({ kind: 'refused', reason });

/**
 * What a link of a runbook leads to. Relative links are looked for from the runbook's folder, those that begin with `/` and end
 * with `.md` from the folder of runbooks; others that begin with `/` are screens of ours.
 * @param from the runbook's name
 */
export function addressOf(written: string, from: string): Address {
  const [, scheme] = SCHEME.exec(written) ?? [];
  if (scheme !== undefined) return withScheme(written, scheme.toLowerCase());
  if (written.startsWith('//') || written.includes('\\')) return refused('the address has no scheme');
  const [beforeHash = '', hash = ''] = parted(written, '#');
  const heading = decoded(hash);
  if (beforeHash === '') return heading === '' ? refused('the link is empty') : { kind: 'heading', id: heading };
  const path = decoded(parted(beforeHash, '?')[0]);
  if (path.includes('\0')) return refused('no file has such a name');
  if (path.startsWith('/') && !path.endsWith('.md')) return { kind: 'screen', href: written };
  const inFolder = posix.normalize(path.startsWith('/') ? path.slice(1) : posix.join(posix.dirname(from), path));
  if (inFolder === '..' || inFolder.startsWith('../')) return refused('it leads out of the folder of runbooks');
  if (IMAGE_TYPES.has(posix.extname(inFolder).toLowerCase())) return { kind: 'image', path: inFolder };
  if (inFolder.endsWith('.md')) return { kind: 'page', path: inFolder.slice(0, -3), heading };
  if (posix.extname(inFolder) === '') return { kind: 'page', path: inFolder.replace(/\/+$/, ''), heading };
  return refused('only Markdown files and images of the folder are shown');
}

function withScheme(written: string, scheme: string): Address {
  if (!['http', 'https', 'mailto'].includes(scheme)) return refused(`${scheme}: links are not followed`);
  if (!URL.canParse(written)) return refused('it is no address');
  const { href } = new URL(written);
  return { kind: scheme === 'mailto' ? 'mail' : 'elsewhere', href };
}

function parted(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A stray % is part of a name.
    return text;
  }
}

const inPath = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

/** The page of a runbook. */
export function pageOf(name: string, heading = ''): string {
  return `/runbooks/${inPath(name)}${heading === '' ? '' : `#${encodeURIComponent(heading)}`}`;
}

/** Where an image of the folder is fetched. */
export const imageAddressOf = (path: string): string => `/api/runbooks/${inPath(path)}`;
