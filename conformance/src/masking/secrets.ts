import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openStore, readRows, sql } from '../../../server/src/store/index.ts';

/** What one sender should never have sent; each differs from those of every other. */
export interface Secrets {
  readonly card: string;
  readonly password: string;
  readonly token: string;
  readonly mailbox: string;
}

/** ISO/IEC 7812-1 annex B. */
function withCheckDigit(payload: string): string {
  const sum = [...payload].reverse().reduce((total, digit, i) => {
    const value = Number(digit) * (i % 2 === 0 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return payload + String((10 - (sum % 10)) % 10);
}

/** The secrets of the `number`-th sender. */
export function secretsOf(number: number): Secrets {
  const id = String(number).padStart(2, '0');
  return {
    card: withCheckDigit(`41110000${id}73519`),
    password: `hunter-${id}-Xq7`,
    token: `ghp_${`${id}AbCdEfGhIjKlMnOpQrStUvWxYz012345`.padEnd(36, 'z')}`,
    mailbox: `jane.doe.${id}`,
  };
}

export const textsOf = (secrets: Secrets): string[] => Object.values(secrets);

/** A line that tells all of them. */
export function lineOf({ card, password, token, mailbox }: Secrets): string {
  return `paid with ${card}, password=${password}, token ${token}, receipt to ${mailbox}@example.com`;
}

/** The files of a directory, however deep, whose bytes hold one of the texts. */
export function filesWith(directory: string, texts: readonly string[]): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    if (!entry.isFile()) return [];
    const path = join(entry.parentPath, entry.name);
    const bytes = readFileSync(path);
    return texts.filter((text) => bytes.includes(text)).map((text) => `${path}: ${text}`);
  });
}

/** The tables whose rows, decompressed, hold one of the texts; and how many rows were looked at. */
export async function tablesWith(
  data: string,
  texts: readonly string[],
): Promise<{ readonly found: string[]; readonly rows: Readonly<Record<string, number>> }> {
  const store = await openStore({ kind: 'embedded', dataDir: `${data}/store` });
  try {
    const database = 'trilith';
    const tables = await store.writer.collect(
      sql`SELECT name FROM system.tables WHERE database = 'trilith' AND engine LIKE '%MergeTree'`,
      { database },
    );
    const found: string[] = [];
    const rows: Record<string, number> = {};
    for (const [name] of readRows(tables.blocks)) {
      const table = String(name);
      const { blocks } = await store.writer.collect(selectAll(table), { database });
      rows[table] = 0;
      for (const [row] of readRows(blocks)) {
        rows[table]++;
        for (const text of texts) if (String(row).includes(text)) found.push(`${table}: ${text}`);
      }
    }
    return { found, rows };
  } finally {
    await store.close();
  }
}

function selectAll(table: string) {
  const statement = sql`SELECT toString(tuple(*)) FROM `;
  return { text: `${statement.text}\`${table}\``, params: [] };
}
