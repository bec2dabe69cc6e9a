import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';
import type { HttpResponse } from '../base/http.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

/** Scripts and styles only from us; inline styles are what the component library and the charts set on elements. */
const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; font-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'self'; form-action 'self'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
};

const NOT_BUILT = `<!doctype html><meta charset="utf-8"><title>Trilith</title>
<p>The web UI has not been built yet. Run <code>npm run build</code>, then reload. The APIs work without it.</p>`;

/**
 * Serves the built UI: files under `/assets/` are immutable (their names hold a hash), everything else is the single
 * page, so that any deep link opens.
 */
export function createStaticFiles(
  folder: string,
): (path: string, headers: Readonly<Record<string, string>>) => Promise<HttpResponse> {
  return async (path, headers) => {
    const relative = normalize(path).replace(/^[/\\]+/, '');
    const inside = !relative.startsWith('..') && !relative.includes('\0');
    const asset = inside && extname(relative) !== '' ? await readIfPresent(join(folder, relative)) : null;
    if (asset !== null) {
      const immutable = relative.startsWith(`assets${sep}`) || relative.startsWith('assets/');
      return {
        status: 200,
        headers: {
          ...SECURITY_HEADERS,
          'content-type': TYPES[extname(relative)] ?? 'application/octet-stream',
          'cache-control': immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
        },
        body: asset,
      };
    }
    if (extname(relative) !== '' && relative.startsWith('assets'))
      return { status: 404, headers: { 'content-type': 'text/plain' }, body: 'not found\n' };
    const page = (await readIfPresent(join(folder, 'index.html'))) ?? Buffer.from(NOT_BUILT);
    const etag = `"${createHash('sha1').update(page).digest('base64url')}"`;
    if (headers['if-none-match'] === etag) return { status: 304, headers: { etag } };
    return {
      status: 200,
      headers: { ...SECURITY_HEADERS, 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache', etag },
      body: page,
    };
  };
}

async function readIfPresent(path: string): Promise<Uint8Array | null> {
  try {
    return await readFile(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'EISDIR' || code === 'ENOTDIR') return null;
    throw error;
  }
}
